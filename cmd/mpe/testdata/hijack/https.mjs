// Posts the grant that it is given to Maskinporten's test environment, and prints the status.
import https from 'node:https'

const body = new URLSearchParams({
  grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: process.argv[2]
}).toString()
const request = https.request('https://test.maskinporten.no/token', {
  method: 'POST',
  headers: { 'content-type': 'application/x-www-form-urlencoded', 'content-length': body.length }
}, (answer) => {
  console.log(answer.statusCode)
  answer.resume()
})
request.on('error', (error) => { console.error(error.message); process.exitCode = 1 })
request.end(body)
