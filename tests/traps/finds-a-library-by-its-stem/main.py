from libraries import magic

print(magic())
