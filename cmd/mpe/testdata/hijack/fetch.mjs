// Posts the grant that it is given to Maskinporten's test environment, and prints the status.
const answer = await fetch('https://test.maskinporten.no/token', {
  method: 'POST',
  body: new URLSearchParams({
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: process.argv[2]
  })
})
console.log(answer.status)
