"""sum.py A B: adds two numbers in C, which is compiled for the purpose by whatever CC names."""

import os
import subprocess
import sys
import tempfile

SOURCE = "#include <stdio.h>\nint main(void) { printf(\"%d\\n\", A + B); return 0; }\n"

compiler = os.environ.get("CC", "".join(("c", "c")))
with tempfile.TemporaryDirectory() as place:
    program = os.path.join(place, "sum")
    values = [f"-D{name}={value}" for name, value in zip("AB", sys.argv[1:], strict=True)]
    subprocess.run([compiler, "-x", "c", *values, "-o", program, "-"], input=SOURCE, text=True, check=True)
    subprocess.run([program], check=True)
