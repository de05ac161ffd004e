"""Refuses figures whose code nobody could find again: those of a tree with changes."""

import subprocess

from .processes import Failure

# The report itself: it may be written again without a commit in between.
REPORT = ("docs/performance.md", "docs/performance")


def changed_files(repository: str) -> list[str]:
    """Lines of `git status --porcelain`, without the files that the report writes."""
    command = ["git", "-C", repository, "status", "--porcelain", "--", ".", *(f":(exclude){path}" for path in REPORT)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise Failure(f"git cannot tell whether the tree has changes: {done.stderr.strip()}")
    return done.stdout.splitlines()


def require_clean_tree(repository: str):
    """Fails when the tree has changes."""
    changed = changed_files(repository)
    if changed:
        names = "\n".join(changed[:10])
        raise Failure(
            f"the tree has changes, so nobody could find the code of these figures; commit or stash them first:\n{names}")


def require_clean_results(found: dict):
    """Fails when a result was measured on a tree with changes."""
    dirty = sorted(phase for phase, result in found.items() if result["machine"]["commit"].endswith("-dirty"))
    if dirty:
        raise Failure(
            f"these phases were measured on a tree with changes: {', '.join(dirty)}; "
            f"commit, then measure them again: make bench ONLY={','.join(dirty)}")
