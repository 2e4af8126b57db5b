"""`python -m auditor`."""

import os
import sys

# `-m` puts the current folder first on the path, and that may be the target's: a `yaml.py` there
# would run. The folder that the auditor itself was found in stays.
_HOME = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:] = [p for p in sys.path if os.path.abspath(p) in (_HOME,) or p not in ("", os.getcwd())]

from auditor.cli.main import main  # noqa: E402

main()
