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


def test_an_unknown_decision_ends_with_1(bank, run):
    done = run("replay", "0123", "--store", str(bank.store))
    assert done.returncode == 1
    assert "decision 0123 is not in the record" in done.stderr
