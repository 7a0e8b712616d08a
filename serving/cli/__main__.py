"""``python -m serving.cli`` is ``sme-credit``."""

from serving.cli.app import main

if __name__ == "__main__":
    main()
