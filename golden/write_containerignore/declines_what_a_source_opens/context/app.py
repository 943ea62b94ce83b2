import ssl
from pathlib import Path

CERTS = Path(__file__).parent / 'certs'
context = ssl.create_default_context()
context.load_verify_locations(capath=CERTS)
for each in CERTS.glob('*.pem'):
    print(each)
