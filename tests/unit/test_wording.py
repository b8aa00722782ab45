"""The words of a mail: both languages say everything, and no reason or fault of the package is without its Chinese."""

import ast
import re
import string
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.unit import test_config, test_expressions, test_instants, test_override, test_request, test_settings
from tests.unit.provoked import provoked_by

import instance_scheduler
from instance_scheduler import wording_en, wording_zh
from instance_scheduler.settings import Language
from instance_scheduler.wording import Words
from instance_scheduler.wording_zh_reasons import REASONS

ENGLISH, CHINESE = Words(language=Language.ENGLISH), Words(language=Language.CHINESE)
PACKAGE = Path(instance_scheduler.__file__).parent
MODULES_WITH_REASONS = (
    "account_failure.py",
    "account_forms.py",
    "attributes.py",
    "calendar_item.py",
    "claim.py",
    "compatibility.py",
    "config.py",
    "config_item.py",
    "decision.py",
    "evaluation.py",
    "expressions.py",
    "instants.py",
    "override.py",
    "period_item.py",
    "run_failure.py",
    "schedule_item.py",
    "settings.py",
    "timezones.py",
    "aws/acting.py",
    "aws/calls.py",
    "aws/ec2.py",
    "aws/gathering.py",
    "aws/planning.py",
    "aws/rds.py",
    "aws/resizing.py",
    "aws/stack.py",
    "aws/state_store.py",
    "aws/sweep.py",
)
"""Where reasons of journal entries, and faults of what somebody wrote, are worded. Of `request.py` the tables below tell."""
WITH_BAD_INPUT = (test_config, test_expressions, test_instants, test_override, test_request, test_settings)
"""The tests of whatever reads what somebody wrote."""
QUOTED = re.compile(r"""(?<!\w)b?(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")(?!\w)""")
"""What somebody wrote, as `repr` gives it."""


def braces(text):
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name is not None)


def test_both_languages_have_the_same_phrases():
    assert list(wording_en.PHRASES) == list(wording_zh.PHRASES)


@pytest.mark.parametrize("key", list(wording_en.PHRASES))
def test_a_phrase_has_the_same_braces_in_both_languages(key):
    assert braces(wording_en.PHRASES[key]) == braces(wording_zh.PHRASES[key])


@pytest.mark.parametrize("english", list(REASONS))
def test_a_clause_has_the_same_braces_in_both_languages(english):
    assert braces(english) == braces(REASONS[english])


@pytest.mark.parametrize("english", list(REASONS))
def test_a_template_is_of_one_clause(english):
    assert "; " not in english


@pytest.mark.parametrize("catalogue", [wording_zh.PHRASES, REASONS], ids=["phrases", "reasons"])
def test_chinese_is_written_with_its_own_punctuation(catalogue):
    wrong = [text for text in catalogue.values() if re.search(r"[\u4e00-\u9fff}][,:;?]|[,:;?][\u4e00-\u9fff]", text)]
    assert wrong == []


@pytest.mark.parametrize("english", list(REASONS))
def test_a_clause_is_told_by_its_own_template(english):
    values = {"number": "7", "most": "50", "run": "run-0", "instant": "2026-11-23T01:00:00Z", "key": "weekdays"}
    values |= {"old_type": "t3.small", "new_type": "m5.large", "why": "it stays due"}
    filled = {name: values.get(name, "'word'") for name in braces(english)}
    told = REASONS[english].format(**filled | ({"why": "仍待处理"} if "why" in filled else {}))
    assert CHINESE.reason(english.format(**filled)) == told


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        ("the schedule wants it stopped", "时间表要求停止"),
        (
            "t3.small to m5.large: the schedule wants the type m5.large",
            "t3.small 改为 m5.large：时间表要求的类型是 m5.large",
        ),
        ("InsufficientInstanceCapacity: no room", "InsufficientInstanceCapacity: no room"),
        (
            "not done, due again: OutOfTime: the time of the function ran out",
            "未执行，仍待处理：OutOfTime：函数的时间已用完",
        ),
        ("not done, due again: RequestLimitExceeded: slow down", "未执行，仍待处理：RequestLimitExceeded: slow down"),
        ("its start did not hold: it is stopped again", "启动后未能保持运行：它又变为 stopped"),
        (
            "its schedule has an error: schedule s, periods: 'x; schedule s: y' refers to a period that does not exist; "
            "did you mean 'x'?; schedule s, timezone: 'Mars' is no time zone",
            "其时间表有错误：时间表 s 的 periods：'x; schedule s: y' 引用的时段不存在；是否应为 'x'？"
            "时间表 s 的 timezone：'Mars' 不是时区",
        ),
        (
            "its tags could not be written: TagLimitExceeded: No more; see 'Limits'.",
            "其标签未能写入：TagLimitExceeded: No more; see 'Limits'.",
        ),
        (
            "The config table is not usable: config scheduler, regions: 'x' is no region; write names such as cn-north-1.",
            "配置表无法使用：配置项 config scheduler 的 regions：'x' 不是区域；请写区域名称，例如 cn-north-1。",
        ),
        (
            "the schedule wants it stopped; its tags could not be written: TagLimitExceeded: 50",
            "时间表要求停止；其标签未能写入：TagLimitExceeded: 50",
        ),
    ],
    ids=[
        "plain",
        "nested",
        "AWS's words",
        "nested twice",
        "AWS's words within",
        "a promise",
        "faults with quotes",
        "AWS's clauses",
        "a sentence",
        "two parts",
    ],
)
def test_a_journaled_reason_is_told_in_the_language_of_the_mail(english, chinese):
    assert ENGLISH.reason(english) == english
    assert CHINESE.reason(english) == chinese


def test_an_unknown_phrase_is_an_error():
    with pytest.raises(KeyError):
        ENGLISH.say("nothing.of.the.kind")


def test_weekdays_do_not_depend_on_the_locale():
    monday = datetime(2026, 11, 23, 9, 5, tzinfo=UTC)
    assert (ENGLISH.instant(monday), CHINESE.instant(monday)) == ("Mon 2026-11-23 09:05", "2026-11-23（周一）09:05")


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
        # What no run comes to
        "the last try returns or raises",
        # boto3's own frame around a refusal, which the mail takes off
        r"An error occurred \((?P<code>[\w.]+)\) when calling",
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


ALL_WORDS = [re.sub(r"\{\w+\}", "\0", english) for english in REASONS]


@pytest.mark.parametrize(("module", "text"), SENTENCES, ids=[f"{module}: {text[:40]!r}" for module, text in SENTENCES])
def test_every_sentence_that_the_package_gives_as_a_reason_is_in_the_catalogue(module, text):
    clauses = QUOTED.sub("\0", text).split("; ")
    pieces = [piece.strip(" :;,.{[") for clause in clauses for piece in clause.split("\0")]
    told = [piece for piece in pieces if re.search(r"[a-z] [a-z]", piece)]
    assert [piece for piece in told if not any(piece in known for known in ALL_WORDS)] == []


# Whatever the parsers find wrong in the bad input of their own tests is told in Chinese.

NAMES = re.compile("config scheduler|Expecting property name enclosed in double quotes")
"""An item as it is named, and what Python's own reader of JSON says."""


def english_left(told):
    """The words of a Chinese text that are English sentences, and its clauses that are not Chinese at all."""
    bare = NAMES.sub("", QUOTED.sub("", told))
    clauses = [clause for clause in re.split("[；？。]", bare) if clause]
    return re.findall(r"[A-Za-z]+ [a-z]+", bare) + [one for one in clauses if not re.search("[\u4e00-\u9fff]", one)]


@pytest.mark.parametrize("module", WITH_BAD_INPUT, ids=lambda module: module.__name__.rpartition(".")[2])
def test_whatever_is_found_wrong_is_told_in_chinese(module):
    texts = provoked_by(module)
    assert len(texts) > 5
    assert [text for text in texts if english_left(CHINESE.reason(text))] == []


def test_an_english_run_does_not_load_the_chinese():
    program = (
        "import sys; from instance_scheduler.settings import Language; from instance_scheduler.wording import Words; "
        "Words(language=Language.ENGLISH).say('frame.nothing'); Words(language=Language.ENGLISH).reason('x'); "
        "print([name for name in sys.modules if 'wording_zh' in name])"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=PACKAGE.parent
    )
    assert ended.stdout == "[]\n"
