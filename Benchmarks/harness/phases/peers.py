"""Other ways to do the same."""


def run(bench) -> list[dict]:
    return []
