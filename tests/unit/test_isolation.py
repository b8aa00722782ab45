"""One call for many instances: the good ones are carried out whatever the bad ones do."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instance_scheduler.isolation import MOST_DENIALS, CallRefused, CallUnanswered, call_isolated

IDS = [f"i-{number:017x}" for number in range(200)]


class FakeEc2:
    """EC2 as far as one call on many ids goes: it refuses the whole call for the first rule that an id of it breaks."""

    def __init__(self, *rules):
        self.rules = rules
        self.calls = []
        self.done = []

    def __call__(self, ids):
        self.calls.append(tuple(ids))
        for rule in self.rules:
            rule(ids)
        self.done.extend(ids)


def refuses(bad, code="InvalidInstanceID.NotFound", message="The instance ID '{}' does not exist"):
    def rule(ids):
        found = [one for one in ids if one in bad]
        _raise_if(found, lambda: CallRefused(code, message.format(*found)))

    return rule


def falls_silent_on(bad):
    def rule(ids):
        _raise_if([one for one in ids if one in bad], lambda: CallUnanswered("InternalError", "try later"))

    return rule


def throttles_after(calls, code):
    left = iter(range(calls - 1))

    def rule(ids):
        _raise_if([] if next(left, None) is not None else list(ids), lambda: CallRefused(code, "slow down"))

    return rule


def _raise_if(found, make):
    if found:
        raise make()


def test_no_ids_are_no_call():
    ec2 = FakeEc2()

    results = call_isolated([], ec2, {})

    assert (ec2.calls, dict(results.refused), dict(results.unanswered)) == ([], {}, {})


def test_good_ids_are_one_call():
    ec2 = FakeEc2()

    call_isolated(IDS, ec2, {})

    assert ec2.calls == [tuple(IDS)]


def test_five_named_ids_of_two_hundred_cost_at_most_six_calls():
    bad = set(IDS[3:200:40])
    ec2 = FakeEc2(refuses(bad))

    results = call_isolated(IDS, ec2, {})

    assert set(results.refused) == bad
    assert set(ec2.done) == set(IDS) - bad
    assert len(ec2.calls) <= 6


def test_several_ids_named_at_once_are_taken_out_at_once():
    bad = IDS[:3]
    ec2 = FakeEc2(refuses(set(bad), message="The instance IDs '{}, {}, {}' do not exist"))

    results = call_isolated(IDS, ec2, {})

    assert (list(results.refused), len(ec2.calls)) == (bad, 2)


def test_an_id_that_only_begins_as_the_named_one_is_not_taken_out():
    ec2 = FakeEc2(refuses({"orders-2"}, code="InvalidState", message="{} is not available"))

    results = call_isolated(["orders", "orders-2"], ec2, {})

    assert (list(results.refused), ec2.done) == (["orders-2"], ["orders"])


def test_a_refusal_keeps_its_code_and_message():
    ec2 = FakeEc2(refuses({IDS[0]}, code="IncorrectInstanceState", message="{} is terminated"))

    refusal = call_isolated(IDS[:2], ec2, {}).refused[IDS[0]]

    assert (refusal.code, refusal.message) == ("IncorrectInstanceState", f"{IDS[0]} is terminated")


def test_a_lack_of_capacity_splits_the_call_by_type_and_zone():
    traits = {
        one: ("m5.large" if number % 2 else "t3.small", f"cn-north-1{'ab'[number % 4 // 2]}")
        for number, one in enumerate(IDS)
    }
    short = {one for one in IDS if traits[one] == ("m5.large", "cn-north-1a")}
    ec2 = FakeEc2(refuses(short, code="InsufficientInstanceCapacity", message="no capacity"))

    call_isolated(IDS, ec2, traits)

    alike = [tuple(one for one in IDS if traits[one] == trait) for trait in dict.fromkeys(traits.values())]
    assert ec2.calls[1:5] == alike
    assert set(ec2.done) == set(IDS) - short


def test_a_lack_of_capacity_of_one_type_and_zone_is_bisected():
    traits = dict.fromkeys(IDS[:4], ("m5.large", "cn-north-1a"))
    ec2 = FakeEc2(refuses({IDS[0]}, code="InsufficientInstanceCapacity", message="no capacity"))

    results = call_isolated(IDS[:4], ec2, traits)

    assert (list(results.refused), set(ec2.done)) == ([IDS[0]], set(IDS[1:4]))


def short_of(pools, traits, room=0):
    """EC2 without room in some types and zones, beyond so many instances; it names the first that it comes to."""
    left = dict.fromkeys(pools, room)

    def rule(ids):
        wanted = Counter(traits[one] for one in ids)
        full = [pool for pool in pools if wanted[pool] > left[pool]]
        words = (
            "We currently do not have sufficient {0} capacity in the Availability Zone you requested ({1}). "
            "You can currently get {0} capacity by choosing cn-north-1b, cn-north-1c."
        )
        _raise_if(full, lambda: CallRefused("InsufficientInstanceCapacity", words.format(*full[0])))
        left.update({pool: left[pool] - wanted[pool] for pool in pools})

    return rule


def test_instances_in_a_zone_that_ec2_recommends_instead_are_started_at_once():
    traits = {one: ("m5.large", f"cn-north-1{'ab'[number % 2]}") for number, one in enumerate(IDS)}
    ec2 = FakeEc2(short_of({("m5.large", "cn-north-1a")}, traits))

    results = call_isolated(IDS, ec2, traits)

    assert (set(results.refused), set(ec2.done)) == (set(IDS[::2]), set(IDS[1::2]))
    assert len(ec2.calls) == 3


def traits_of(*groups):
    """Give the ids their types and zones: the first so many m5.large, m5.xlarge and so on, all others t3.small."""
    sizes = [(f"m5.{size}", "cn-north-1a") for size in ("large", "xlarge", "2xlarge", "4xlarge", "8xlarge")]
    scarce = [pool for pool, count in zip(sizes, groups, strict=False) for _ in range(count)]
    return dict(zip(IDS, scarce + [("t3.small", "cn-north-1a")] * (len(IDS) - len(scarce)), strict=True))


@pytest.mark.parametrize("groups", [(5,), (3, 2), (4, 1), (1, 1, 1, 1, 1)], ids=str)
def test_five_of_two_hundred_without_room_cost_at_most_six_calls_where_ec2_names_type_and_zone(groups):
    traits = traits_of(*groups)
    ec2 = FakeEc2(short_of(set(traits.values()) - {("t3.small", "cn-north-1a")}, traits))

    results = call_isolated(IDS, ec2, traits)

    assert (set(results.refused), set(ec2.done)) == (set(IDS[:5]), set(IDS[5:]))
    assert len(ec2.calls) <= 6


def test_what_there_is_room_for_is_started_and_the_rest_costs_few_calls():
    traits = traits_of(100)
    ec2 = FakeEc2(short_of({("m5.large", "cn-north-1a")}, traits, room=60))

    results = call_isolated(IDS, ec2, traits)

    assert (len(ec2.done), len(results.refused)) == (160, 40)
    assert len(ec2.calls) <= 2 + 2 * 7


def test_a_refusal_that_names_nobody_is_bisected():
    ec2 = FakeEc2(refuses({IDS[77]}, code="UnauthorizedOperation", message="You are not authorized"))

    results = call_isolated(IDS, ec2, {})

    assert (list(results.refused), set(ec2.done)) == ([IDS[77]], set(IDS) - {IDS[77]})
    assert len(ec2.calls) <= 1 + 2 * 8


@pytest.mark.parametrize("code", ["AuthFailure", "OptInRequired", "ExpiredToken"])
def test_a_refusal_of_the_whole_call_is_not_bisected(code):
    ec2 = FakeEc2(refuses(set(IDS), code=code, message="not now"))

    results = call_isolated(IDS, ec2, {})

    assert (len(ec2.calls), set(results.refused)) == (1, set(IDS))


@pytest.mark.parametrize("code", ["RequestLimitExceeded", "Throttling"])
def test_what_is_throttled_to_the_end_is_left_with_all_that_was_not_called_for_yet(code):
    ec2 = FakeEc2(throttles_after(2, code), refuses({IDS[0]}))

    results = call_isolated(IDS, ec2, {})

    assert (len(ec2.calls), list(results.refused), set(results.left)) == (2, [IDS[0]], set(IDS[1:]))


def test_what_waits_for_want_of_room_is_left_too_when_aws_throttles():
    traits = traits_of(5)
    ec2 = FakeEc2(throttles_after(3, "Throttling"), short_of({("m5.large", "cn-north-1a")}, traits))

    results = call_isolated(IDS, ec2, traits)

    assert (set(ec2.done), set(results.left), dict(results.refused)) == (set(IDS[5:]), set(IDS[:5]), {})


def test_a_permission_that_lacks_altogether_is_not_asked_for_one_by_one():
    ec2 = FakeEc2(refuses(set(IDS), code="UnauthorizedOperation", message="You are not authorized"))

    results = call_isolated(IDS, ec2, {})

    assert (len(ec2.calls), set(results.refused)) == (MOST_DENIALS + 1, set(IDS))


def test_what_waits_for_want_of_room_is_refused_too_where_the_permission_lacks_altogether():
    traits = traits_of(5)
    denied = refuses(set(IDS), code="UnauthorizedOperation", message="You are not authorized")
    ec2 = FakeEc2(short_of({("m5.large", "cn-north-1a")}, traits), denied)

    results = call_isolated(IDS, ec2, traits)

    assert (ec2.done, set(results.refused)) == ([], set(IDS))


def test_five_unnamed_ids_without_permission_do_not_keep_the_others_from_starting():
    bad = set(IDS[3:200:40])
    ec2 = FakeEc2(refuses(bad, code="UnauthorizedOperation", message="You are not authorized"))

    results = call_isolated(IDS, ec2, {})

    assert (set(results.refused), set(ec2.done)) == (bad, set(IDS) - bad)


def test_a_call_without_an_answer_is_not_made_again():
    ec2 = FakeEc2(falls_silent_on({IDS[1]}))

    results = call_isolated(IDS[:3], ec2, {})

    assert (len(ec2.calls), set(results.unanswered), dict(results.refused)) == (1, set(IDS[:3]), {})


@settings(deadline=None)
@given(bad=st.sets(st.sampled_from(IDS[:20])), silent=st.sets(st.sampled_from(IDS[:20])), named=st.booleans())
def test_every_id_is_carried_out_refused_or_unanswered_and_never_two_of_them(bad, silent, named):
    message = "The instance ID '{}' does not exist" if named else "no"
    ec2 = FakeEc2(refuses(bad, message=message), falls_silent_on(silent))

    results = call_isolated(IDS[:20], ec2, {})

    ends = [*ec2.done, *results.refused, *results.unanswered]
    assert sorted(ends) == IDS[:20]
    assert set(results.refused) == bad
