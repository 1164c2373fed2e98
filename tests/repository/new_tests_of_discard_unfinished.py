def test_what_a_crashed_attempt_left_makes_way_for_the_next(repository: Repository, save: Save) -> None:
    repository.discard_unfinished("projectledger", ID)
    with repository.open_archive("projectledger", ID) as writer:
        writer.write(b"crashed before the manifest")
    for suffix in (".json.sig", ".dump.partial", ".json.partial", ".json.sig.partial"):
        file(repository, suffix).write_bytes(b"half of it")
    repository.discard_unfinished("projectledger", ID)
    assert list((repository.root / "projectledger").iterdir()) == []
    repository.verify_archive(save())


def test_a_complete_backup_and_its_neighbours_are_never_discarded(repository: Repository, save: Save) -> None:
    complete, neighbour = save(ID), save(LATER)
    repository.save_proof(complete.proof)
    repository.discard_unfinished("projectledger", ID)
    repository.discard_unfinished("projectledger", "B-20251009-120000-abcd")
    assert repository.backups() == (neighbour, complete)


def test_an_archive_that_is_being_written_is_not_discarded(repository: Repository) -> None:
    with repository.open_archive("projectledger", ID) as writer:
        repository.discard_unfinished("projectledger", ID)
        writer.write(b"still running")
    assert file(repository, ".dump").read_bytes() == b"still running"
