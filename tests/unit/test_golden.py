"""A dozen runs as their mails tell them, in both languages: the golden files are read aloud before they change."""

import re

import pytest
from tests.unit.situations import AWS_WORDS, GOLDEN, NAMES_OF_ALL, file_of, text_of

from instance_scheduler.settings import Language

COMMANDS = re.compile(r"scheduler-cli [a-z]+(?: --[a-z]+ \w+)*|config scheduler|its 'disableApiStop' attribute")
"""What is typed as it is."""


@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("name", NAMES_OF_ALL)
def test_a_mail_reads_as_its_golden_file(name, language):
    assert text_of(name, language) == file_of(name, language).read_text(encoding="utf-8")


def test_every_golden_file_belongs_to_a_situation():
    wanted = {file_of(name, language).name for name in NAMES_OF_ALL for language in Language}
    assert {path.name for path in GOLDEN.iterdir()} == wanted


@pytest.mark.parametrize("name", NAMES_OF_ALL)
def test_the_subject_is_the_same_in_both_languages(name):
    subjects = {text_of(name, language).splitlines()[0] for language in Language}
    assert len(subjects) == 1
    assert all(subject.isascii() and len(subject) <= 99 for subject in subjects)


@pytest.mark.parametrize("name", NAMES_OF_ALL)
def test_nothing_that_is_ours_stays_english_in_a_chinese_mail(name):
    text = "\n".join(text_of(name, Language.CHINESE).splitlines()[2:])
    ours = re.sub("|".join(map(re.escape, sorted(AWS_WORDS - {""}))), "", text)
    assert re.findall(r"[A-Za-z]+ [a-z]+", COMMANDS.sub("", ours)) == []
