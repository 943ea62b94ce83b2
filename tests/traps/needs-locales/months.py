"""months.py N: the name of a month in the user's language."""

import calendar
import locale
import sys

locale.setlocale(locale.LC_ALL, "")
print(calendar.month_name[int(sys.argv[1])])
