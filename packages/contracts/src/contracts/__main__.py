"""python -m contracts [--check]: write, or compare, the generated files of the published language."""

import sys

from contracts.schemas import files


def main() -> int:
    checking = "--check" in sys.argv[1:]
    changed = [path for path, text in files() if not path.exists() or path.read_text() != text]
    if checking:
        for path in changed:
            print(f"not current: {path.name} (make generate)", file=sys.stderr)
        return 1 if changed else 0
    for path, text in files():
        if path in changed:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            print(path.name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
