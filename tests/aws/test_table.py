"""The DynamoDB table: typed form, pages, batches of 25, transactions of 100, and what is sent again."""

import re
from decimal import Decimal

import pytest
from botocore.exceptions import ClientError

from instance_scheduler.aws.table import Table, Update, from_attributes, to_attributes

KEY = {"pk": "a", "sk": "b"}
UNCHANGED = {"#version": "version"}


class ConditionFailed(ClientError):
    pass


class TransactionCanceled(ClientError):
    pass


class TransactionConflict(ClientError):
    pass


class FakeDynamoDB:
    """DynamoDB that answers each call with the next of the given answers; an exception is raised."""

    class exceptions:  # noqa: N801 - named as boto3 names it
        ConditionalCheckFailedException = ConditionFailed
        TransactionCanceledException = TransactionCanceled
        TransactionConflictException = TransactionConflict

    def __init__(self, *answers):
        self.answers = list(answers)
        self.sent = []

    def batch_write_item(self, RequestItems):  # noqa: N803 - named as boto3 names it
        self.sent.append(RequestItems)
        return {"UnprocessedItems": self._next() or {}}

    def transact_write_items(self, TransactItems):  # noqa: N803 - named as boto3 names it
        self.sent.append(TransactItems)
        self._next()

    def update_item(self, **request):
        self.sent.append(request)
        self._next()

    def _next(self):
        answer = self.answers.pop(0) if self.answers else None
        _raise(answer)
        return answer


def _raise(answer):
    if isinstance(answer, Exception):
        raise answer


def canceled(*codes):
    response = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": [{"Code": c} for c in codes]}
    return TransactionCanceled(response, "TransactWriteItems")


def conflict():
    return TransactionConflict({"Error": {"Code": "TransactionConflictException"}}, "UpdateItem")


@pytest.fixture
def naps(monkeypatch):
    taken = []
    monkeypatch.setattr("instance_scheduler.aws.table.time.sleep", taken.append)
    return taken


def items(count):
    return [{"pk": "many", "sk": f"{number:04}"} for number in range(count)]


def test_a_plain_dict_survives_dynamodbs_typed_form():
    item = {"text": "x", "number": 3, "flag": True, "nothing": None, "map": {"list": [1, "two", {"three": 3}]}}

    assert from_attributes(to_attributes(item)) == item


@pytest.mark.parametrize(
    ("stored", "read"),
    [(Decimal(3), 3), (Decimal("2.5"), 2.5), ([Decimal(1)], [1])],
    ids=["whole", "part", "in a list"],
)
def test_numbers_are_read_as_plain_ones(stored, read):
    value = from_attributes(to_attributes({"n": stored}))["n"]

    assert (value, type(value)) == (read, type(read))


def test_sixty_items_are_written_25_a_call():
    client = FakeDynamoDB()

    Table(client, "t").put_all(items(60))

    assert [len(request["t"]) for request in client.sent] == [25, 25, 10]


def test_nothing_to_write_is_no_call():
    client = FakeDynamoDB()

    Table(client, "t").put_all([])

    assert client.sent == []


def test_items_that_stay_unprocessed_are_sent_again_alone(naps):
    left = {"t": [{"PutRequest": {"Item": to_attributes(items(2)[1])}}]}
    client = FakeDynamoDB(left, None)

    Table(client, "t").put_all(items(2))

    assert (client.sent[1:], len(naps)) == ([left], 1)


def test_items_that_are_never_processed_raise_with_their_number(naps):
    left = {"t": [{"PutRequest": {"Item": to_attributes(item)}} for item in items(2)]}

    with pytest.raises(ClientError, match="2 items of t were not written"):
        Table(FakeDynamoDB(*[left] * 20), "t").put_all(items(2))


def test_a_scan_reads_every_page(table):
    table.put_all([{"pk": "large", "sk": f"{n}", "text": "x" * 300_000} for n in range(5)])

    assert sorted(item["sk"] for item in table.scan()) == ["0", "1", "2", "3", "4"]


def test_a_query_reads_every_page_of_its_key_and_no_other(table):
    table.put_all([{"pk": pk, "sk": f"{n}", "text": "x" * 300_000} for n in range(5) for pk in ("one", "other")])

    found = table.query("pk = :pk", {":pk": "one"})

    assert [(item["pk"], item["sk"]) for item in found] == [("one", str(n)) for n in range(5)]


def test_an_item_that_is_not_there_is_none(table):
    assert table.get(KEY) is None


def test_a_new_item_is_written_once(table):
    assert table.put_new({**KEY, "text": "first"}, key="pk")
    assert not table.put_new({**KEY, "text": "second"}, key="pk")
    assert table.get(KEY)["text"] == "first"


def test_an_update_sets_removes_adds_and_reaches_into_a_map(table):
    table.put({**KEY, "old": "x", "count": 2, "claim": {"step": "queued", "run": "r"}})

    done = table.update(KEY, Update().set(new="y", old=None).add(count=1).set_within("claim", "step", "stopping"))

    assert done
    assert table.get(KEY) == {**KEY, "new": "y", "count": 3, "claim": {"step": "stopping", "run": "r"}}


def test_an_update_whose_condition_fails_changes_nothing(table):
    table.put({**KEY, "version": 2})

    done = table.update(KEY, Update().set(text="x").when("#version = :seen", UNCHANGED, {":seen": 1}))

    assert not done
    assert table.get(KEY) == {**KEY, "version": 2}


def test_several_conditions_must_all_hold(table):
    table.put({**KEY, "version": 2})
    change = Update().set(text="x").when("#version = :seen", UNCHANGED, {":seen": 2})

    done = table.update(
        KEY, change.when("attribute_exists(#claim) OR #claim = :run", {"#claim": "claim"}, {":run": "r"})
    )

    assert not done


@pytest.mark.parametrize("name", ["reported_start_InvalidInstanceID.NotFound", "with-hyphen", "two words", "size"])
def test_an_attribute_of_any_name_can_be_set(table, name):
    assert table.update(KEY, Update().set(**{name: "x"}))
    assert table.get(KEY) == {**KEY, name: "x"}


def test_placeholders_are_only_of_characters_that_dynamodb_takes():
    change = Update().set(**{"a.b": 1, "c-d": None}).add(e=1).set_within("f g", "h:i", 2)

    arguments = change.arguments()

    placeholders = [*arguments["ExpressionAttributeNames"], *arguments["ExpressionAttributeValues"]]
    assert [name for name in placeholders if not re.fullmatch(r"[#:][A-Za-z0-9_]+", name)] == []


def test_an_update_in_conflict_with_a_transaction_is_tried_again(naps):
    client = FakeDynamoDB(conflict(), conflict(), None)

    assert Table(client, "t").update(KEY, Update().set(a=1))
    assert (len(client.sent), len(naps)) == (3, 2)


def test_an_update_that_never_ends_its_conflict_raises(naps):
    with pytest.raises(TransactionConflict):
        Table(FakeDynamoDB(*[conflict() for _ in range(20)]), "t").update(KEY, Update().set(a=1))


def test_a_transaction_writes_all_or_names_the_ones_whose_conditions_failed(table):
    table.put({"pk": "a", "sk": "1", "version": 7})
    new = Update().add(version=1).when("attribute_not_exists(#version)", UNCHANGED, {})

    failed = table.transact([({"pk": "a", "sk": str(n)}, new) for n in range(3)])

    assert failed == [1]
    assert [table.get({"pk": "a", "sk": str(n)}) for n in (0, 2)] == [None, None]
    assert table.transact([({"pk": "a", "sk": str(n)}, new) for n in (0, 2)]) == []


@pytest.mark.parametrize(
    "codes", [["None", "TransactionConflict"], ["TransactionConflict"]], ids=["one of two", "only"]
)
def test_a_transaction_in_conflict_is_tried_again(naps, codes):
    client = FakeDynamoDB(canceled(*codes), canceled(*codes), None)

    assert Table(client, "t").transact([(KEY, Update().set(a=1))]) == []
    assert (len(client.sent), len(naps)) == (3, 2)


def test_a_transaction_that_stays_in_conflict_raises(naps):
    client = FakeDynamoDB(*[canceled("TransactionConflict") for _ in range(20)])

    with pytest.raises(TransactionCanceled):
        Table(client, "t").transact([(KEY, Update().set(a=1))])


def test_a_transaction_refused_for_another_reason_raises_at_once(naps):
    client = FakeDynamoDB(canceled("ValidationError"))

    with pytest.raises(TransactionCanceled):
        Table(client, "t").transact([(KEY, Update().set(a=1))])
    assert naps == []
