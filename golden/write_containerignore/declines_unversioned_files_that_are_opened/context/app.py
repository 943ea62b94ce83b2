import pathlib
print(pathlib.Path("model.bin").read_bytes())
