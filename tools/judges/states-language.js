// Judges a state machine with AWS's own language service, the one behind the editors in the console and in the AWS Toolkit.
// node states-language.js FILE: prints one line for each fault, and ends with 1 where there is one.
const { readFileSync } = require("node:fs");
const { getLanguageService, TextDocument } = require("amazon-states-language-service");

const document = TextDocument.create("file:///machine.asl.json", "asl", 1, readFileSync(process.argv[2], "utf8"));
const service = getLanguageService({});

service.doValidation(document, service.parseJSONDocument(document)).then((faults) => {
  for (const { message, range } of faults) {
    console.log(`line ${range.start.line + 1}: ${message}`);
  }
  process.exitCode = faults.length ? 1 : 0;
});
