"""``replay`` and ``audit verify``: a decision can be computed again, and the chain be walked."""


def test_a_scored_decision_replays_and_the_chain_is_whole(bank, run):
    firm = bank.consented[0]
    done = run("score", "--as-of", bank.as_of, "--enterprise", firm, "--store", str(bank.store))
    number = done.stderr.split()[2]
    again = run("replay", number, "--store", str(bank.store))
    assert again.returncode == 0, again.stderr
    assert f"Equal: decision {number}, firm {firm}, as of {bank.as_of}" in again.stdout
    whole = run("audit", "verify")
    assert whole.returncode == 0
    assert "完整 Whole: " in whole.stdout
    head = whole.stdout.split()[-1]
    assert run("audit", "verify", "--head", head).returncode == 0
    cut = run("audit", "verify", "--head", "0" * 64)
    assert (cut.returncode, "the end of the record was cut off" in cut.stdout) == (4, True)


def test_what_a_person_decided_otherwise_is_on_the_record_and_shown_by_replay(bank, run):
    scored = run("score", "--as-of", bank.as_of, "--enterprise", bank.consented[1], "--store", str(bank.store))
    number = scored.stderr.split()[2]
    command = ["audit", "override", number, "--reason", "facts_not_shown", "--note", "新订单"]
    refused = run(*command, "--limit", "90000000", "--role", "committee")
    assert refused.returncode == 1
    assert "limit 90,000,000: passes the leg" in refused.stderr
    told = run(*command, "--limit", "10000", "--role", "committee", "--staff", "wang")
    assert told.returncode == 0, told.stderr
    assert "wang (贷审会 credit committee)" in told.stdout
    assert "-> 10,000 元" in told.stdout
    assert "（须附材料） facts that the system does not see, with documents: 新订单" in told.stdout
    again = run("replay", number, "--store", str(bank.store))
    assert (again.returncode, again.stdout.endswith(told.stdout)) == (0, True)
    assert run("audit", "verify").returncode == 0


def test_an_unknown_decision_ends_with_1(bank, run):
    done = run("replay", "0123", "--store", str(bank.store))
    assert done.returncode == 1
    assert "decision 0123 is not in the record" in done.stderr
