"""The Parameter Store under one prefix, as a dictionary."""

import logging
from itertools import count

import pytest
from botocore.exceptions import ClientError

from instance_scheduler.aws import parameter_store
from instance_scheduler.aws.parameter_store import ParameterStore
from instance_scheduler.aws.session import hub_client

_numbers = count()
SECRET = "only-for-their-eyes"


class FakeClock:
    def __init__(self):
        self.now = 0.0

    def monotonic(self):
        return self.now


@pytest.fixture
def prefix(aws):
    return f"/instance-scheduler/stack-{next(_numbers)}/"


@pytest.fixture
def store(prefix):
    return ParameterStore(hub_client("ssm"), prefix)


@pytest.fixture
def clock(monkeypatch):
    clock = FakeClock()
    monkeypatch.setattr(parameter_store, "time", clock)
    return clock


def put_behind(prefix, name, value):
    hub_client("ssm").put_parameter(Name=f"{prefix}{name}", Value=value, Type="String", Overwrite=True)


@pytest.mark.parametrize("prefix", ["instance-scheduler/prod/", "/instance-scheduler/prod", "", "prod"])
def test_a_prefix_begins_and_ends_with_a_slash(prefix):
    with pytest.raises(ValueError, match="must begin and end with a slash"):
        ParameterStore(None, prefix)


def test_a_value_that_was_put_is_got(store, prefix):
    store.put("state_table", "prod-state")

    assert (store.get("state_table"), store["state_table"]) == ("prod-state", "prod-state")
    assert ParameterStore(hub_client("ssm"), prefix)["state_table"] == "prod-state"


def test_a_name_that_is_not_there_gives_the_default(store):
    assert (store.get("missing"), store.get("missing", "{}")) == (None, "{}")


def test_a_name_that_is_not_there_is_a_key_error_with_its_full_name(store, prefix):
    with pytest.raises(KeyError, match=f"{prefix}missing"):
        store["missing"]


def test_names_behave_as_those_of_a_dictionary(store):
    store.put("b", "2")
    store.put("a", "1")

    assert (list(store), len(store), "a" in store, "c" in store) == (["a", "b"], 2, True, False)


def test_more_than_a_page_of_parameters_is_read(store, prefix):
    names = [f"p{number:02}" for number in range(25)]
    for name in names:
        put_behind(prefix, name, name.upper())

    assert [store[name] for name in names] == [name.upper() for name in names]


def test_another_stacks_parameters_are_not_seen(store, prefix):
    put_behind(f"{prefix.rstrip('/')}-2/", "state_table", "theirs")

    assert (len(store), store.get("state_table")) == (0, None)


def test_deeper_names_keep_their_path(store, prefix):
    put_behind(prefix, "deep/name", "x")

    assert store["deep/name"] == "x"


def test_a_secure_value_is_encrypted_at_rest_and_read_decrypted(store, prefix):
    store.put_secure("token", SECRET)

    stored = hub_client("ssm").get_parameter(Name=f"{prefix}token")["Parameter"]
    assert (stored["Type"], stored["Value"] == SECRET) == ("SecureString", False)
    assert ParameterStore(hub_client("ssm"), prefix)["token"] == SECRET


def test_a_secure_value_may_have_a_key_of_its_own(store, prefix):
    store.put_secure("token", SECRET, key_id="alias/ours")

    (described,) = hub_client("ssm").describe_parameters(
        ParameterFilters=[{"Key": "Name", "Values": [f"{prefix}token"]}]
    )["Parameters"]
    assert described["KeyId"] == "alias/ours"


def test_a_deleted_name_is_gone_here_and_there(store, prefix):
    store.put("a", "1")
    store.delete("a")

    assert "a" not in store
    assert "a" not in ParameterStore(hub_client("ssm"), prefix)


def test_deleting_what_is_not_there_is_no_error(store):
    store.delete("missing")

    assert "missing" not in store


def test_values_are_kept_for_the_time_to_live_and_then_read_again(prefix, clock):
    store = ParameterStore(hub_client("ssm"), prefix, ttl=60)
    put_behind(prefix, "a", "1")
    seen = [store["a"]]
    put_behind(prefix, "a", "2")

    for clock.now in (59.0, 61.0):
        seen.append(store["a"])

    assert seen == ["1", "1", "2"]


def test_refresh_reads_at_once(store, prefix):
    put_behind(prefix, "a", "1")
    before = store["a"]
    put_behind(prefix, "a", "2")

    store.refresh()

    assert (before, store["a"]) == ("1", "2")


def test_what_was_put_is_seen_at_once_within_the_time_to_live(store):
    store.get("a")
    store.put("a", "2")

    assert store["a"] == "2"


@pytest.mark.parametrize("show", [repr, str, lambda store: f"{store!r:>80}"], ids=["repr", "str", "format"])
def test_no_value_is_shown(store, prefix, show):
    store.put_secure("token", SECRET)
    store.get("token")

    assert SECRET not in show(store)
    assert prefix in show(store)


def test_no_value_is_logged_not_even_by_botocore(store, caplog):
    # By name as well: a command that ran in this process may have quietened botocore alone.
    with caplog.at_level(logging.DEBUG), caplog.at_level(logging.DEBUG, logger="botocore"):
        store.put_secure("token", SECRET)
        store.put("plain", SECRET)
        store.refresh()
        store.get("token")

    assert "botocore" in caplog.text
    assert SECRET not in caplog.text


def test_other_calls_are_logged_as_before(store, prefix, caplog):
    store.refresh()

    with caplog.at_level(logging.DEBUG, logger="botocore.endpoint"):
        put_behind(prefix, "a", SECRET)

    assert SECRET in caplog.text


def test_a_refusal_that_quotes_the_value_is_raised_without_it(prefix):
    message = f"Value '{SECRET}' at 'value' failed to satisfy constraint"
    error = ClientError({"Error": {"Code": "ValidationException", "Message": message}}, "PutParameter")

    with pytest.raises(ClientError) as raised:
        ParameterStore(RefusingClient(error), prefix).put_secure("token", SECRET)

    assert str(raised.value) == (
        "An error occurred (ValidationException) when calling the PutParameter operation: "
        "Value '…' at 'value' failed to satisfy constraint"
    )
    assert (raised.value.__cause__, raised.value.__suppress_context__) == (None, True)


class RefusingClient:
    def __init__(self, error):
        self.error = error

    def put_parameter(self, **request):
        raise self.error


def test_a_value_of_another_type_is_refused_without_being_shown(store):
    with pytest.raises(TypeError) as raised:
        store.put_secure("token", 4711_0815)

    assert "a value is a text, not int" in str(raised.value)
    assert "47110815" not in str(raised.value)


def test_a_refusal_leaves_what_was_read_as_it_is(prefix):
    error = ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "PutParameter")
    store = ParameterStore(RefusingClient(error), prefix)

    with pytest.raises(ClientError):
        store.put("token", SECRET)

    assert SECRET not in str(vars(store))


def test_values_and_pairs_are_gone_through_as_those_of_a_dictionary(store):
    store.put("b", "2")
    store.put("a", "1")

    assert (dict(store), list(store.items()), list(store.values())) == (
        {"a": "1", "b": "2"},
        [("a", "1"), ("b", "2")],
        ["1", "2"],
    )
    assert "1" not in repr(store.items()).removeprefix(f"ItemsView({store!r}") + repr(store.values()).removeprefix(
        f"ValuesView({store!r}"
    )


def test_a_default_may_be_anything(store):
    assert store.get("missing", 7) == 7


def test_with_no_time_to_live_every_look_reads_again(prefix):
    store = ParameterStore(hub_client("ssm"), prefix, ttl=0)
    put_behind(prefix, "a", "1")
    before = store["a"]
    put_behind(prefix, "a", "2")

    assert (before, store["a"]) == ("1", "2")


def test_the_whole_store_is_a_prefix_too(aws, prefix):
    put_behind(prefix, "a", "1")

    assert ParameterStore(hub_client("ssm"), "/")[f"{prefix.removeprefix('/')}a"] == "1"


def test_no_value_is_in_the_error_of_a_missing_name(store):
    store.put_secure("token", SECRET)

    with pytest.raises(KeyError) as raised:
        store["tokens"]
    assert SECRET not in str(raised.value)
