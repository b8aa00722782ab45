"""The words of a mail: both languages say everything, and no reason of the package is without its Chinese."""

import ast
import re
import string
from datetime import UTC, datetime
from pathlib import Path

import pytest

import instance_scheduler
from instance_scheduler.settings import Language
from instance_scheduler.wording import PHRASES, REASONS, Words, recognize

ENGLISH, CHINESE = Words(language=Language.ENGLISH), Words(language=Language.CHINESE)
PACKAGE = Path(instance_scheduler.__file__).parent
MODULES_WITH_REASONS = (
    "claim.py",
    "compatibility.py",
    "decision.py",
    "evaluation.py",
    "override.py",
    "account_failure.py",
    "aws/acting.py",
    "aws/ec2.py",
    "aws/gathering.py",
    "aws/rds.py",
    "aws/resizing.py",
    "aws/state_store.py",
    "aws/sweep.py",
)
"""Where reasons of journal entries are written."""


def braces(text):
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


@pytest.mark.parametrize("catalogue", [PHRASES, REASONS], ids=["phrases", "reasons"])
def test_both_languages_say_the_same_things(catalogue):
    english, chinese = catalogue[Language.ENGLISH], catalogue[Language.CHINESE]
    assert list(english) == list(chinese)


@pytest.mark.parametrize("key", list(PHRASES[Language.ENGLISH]))
def test_a_phrase_has_the_same_braces_in_both_languages(key):
    assert braces(PHRASES[Language.ENGLISH][key]) == braces(PHRASES[Language.CHINESE][key])


@pytest.mark.parametrize("key", list(REASONS[Language.ENGLISH]))
def test_a_reason_has_the_same_braces_in_both_languages(key):
    assert braces(REASONS[Language.ENGLISH][key]) == braces(REASONS[Language.CHINESE][key])


@pytest.mark.parametrize("catalogue", [PHRASES, REASONS], ids=["phrases", "reasons"])
def test_chinese_is_written_with_its_own_punctuation(catalogue):
    wrong = [
        text
        for text in catalogue[Language.CHINESE].values()
        if re.search(r"[\u4e00-\u9fff}][,:;?]|[,:;?][\u4e00-\u9fff]", text)
    ]
    assert wrong == []


@pytest.mark.parametrize("key", list(REASONS[Language.ENGLISH]))
def test_a_reason_is_recognized_by_its_own_template(key):
    values = {"number": "7", "most": "50", "run": "run-0", "instant": "2026-11-23T01:00:00Z"}
    values |= {"old_type": "t3.small", "new_type": "m5.large"}
    template = REASONS[Language.ENGLISH][key]
    filled = template.format(**{name: values.get(name, "word") for name in braces(template)})
    assert recognize(filled)[0] == key


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("the schedule wants it stopped", "时间表要求停止"),
        (
            "t3.small to m5.large: the schedule wants the type m5.large",
            "t3.small 改为 m5.large：时间表要求规格 m5.large",
        ),
        ("InsufficientInstanceCapacity: no room", "InsufficientInstanceCapacity: no room"),
        (
            "not done, due again: OutOfTime: the time of the function ran out",
            "未执行，仍待处理：OutOfTime：函数的时间已用完",
        ),
        ("not done, due again: RequestLimitExceeded: slow down", "未执行，仍待处理：RequestLimitExceeded: slow down"),
        ("its start did not hold: it is stopped again", "启动后未能保持运行：它又变为 stopped"),
        (
            "the schedule wants it stopped; its tags could not be written: TagLimitExceeded: 50",
            "时间表要求停止；其标签未能写入：TagLimitExceeded: 50",
        ),
    ],
    ids=["plain", "nested", "AWS's words", "nested twice", "AWS's words within", "a promise", "two parts"],
)
def test_a_journaled_reason_is_told_in_the_language_of_the_mail(english, chinese):
    assert ENGLISH.reason(english) == english
    assert CHINESE.reason(english) == chinese


def test_an_unknown_phrase_is_an_error():
    with pytest.raises(KeyError):
        ENGLISH.say("nothing.of.the.kind")


def test_weekdays_do_not_depend_on_the_locale():
    monday = datetime(2026, 11, 23, 9, 5, tzinfo=UTC)
    assert (ENGLISH.instant(monday), CHINESE.instant(monday)) == ("Mon 2026-11-23 09:05", "周一 2026-11-23 09:05")


# Whatever the package gives as a reason is in the catalogue.


class _Reasons(ast.NodeVisitor):
    """Collects the sentences of a module: string literals and f-strings with a space in them, docstrings and logs aside."""

    def __init__(self):
        self.found = []

    def visit_Expr(self, node):
        if not isinstance(node.value, ast.Constant):
            self.generic_visit(node)

    def visit_Call(self, node):
        receiver = node.func.value if isinstance(node.func, ast.Attribute) else None
        if not (isinstance(receiver, ast.Name) and receiver.id == "logger"):
            self.generic_visit(node)

    def visit_Constant(self, node):
        self._keep(node.value)

    def visit_JoinedStr(self, node):
        self._keep("".join(str(part.value) if isinstance(part, ast.Constant) else "\0" for part in node.values))

    def _keep(self, text):
        if isinstance(text, str) and re.search(r"[a-z] [a-z]", text):
            self.found.append(text)


NO_REASONS = frozenset(
    {
        # Conditions and keys of DynamoDB, and an exception for a programmer
        "attribute_not_exists(next_due) OR next_due > :due OR next_due <= :at",
        "attribute_not_exists(#mark) OR #mark <= :limit OR #mark = :at",
        # boto3's own frame around a refusal, which the mail takes off
        "An error occurred (\0) when calling the \0 operation: \0",
    }
)


def sentences(module):
    visitor = _Reasons()
    visitor.visit(ast.parse((PACKAGE / module).read_text()))
    return [(module, text) for text in visitor.found if text not in NO_REASONS]


SENTENCES = [pair for module in MODULES_WITH_REASONS for pair in sentences(module)]


def words_of(text):
    return re.sub(r"\W+", " ", text.replace("\0", " ")).split()


ALL_WORDS = [re.sub(r"\{\w+\}", "\0", text) for text in REASONS[Language.ENGLISH].values()]


@pytest.mark.parametrize(("module", "text"), SENTENCES, ids=[f"{module}: {text[:40]!r}" for module, text in SENTENCES])
def test_every_sentence_that_the_package_gives_as_a_reason_is_in_the_catalogue(module, text):
    pieces = [piece.strip(" :;,") for piece in text.split("\0") if re.search(r"[a-z] [a-z]", piece)]
    assert all(any(piece in known for known in ALL_WORDS) for piece in pieces)
