"""Posts the grant that it is given to Maskinporten's test environment, and prints the status."""
import sys
import urllib.parse
import urllib.request

body = urllib.parse.urlencode({
    "grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer",
    "assertion": sys.argv[1],
}).encode()
with urllib.request.urlopen("https://test.maskinporten.no/token", body) as answer:
    print(answer.status)
