"""The tests of long histories, on one of a million epochs."""

import unittest

from test_long_history import LongHistory  # noqa: F401, run from here too

if __name__ == "__main__":
    unittest.main()
