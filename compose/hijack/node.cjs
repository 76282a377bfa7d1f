// Leads TLS connections for the hosts that an emulator answers for to that emulator, and those for production hosts to
// where they are refused. The rest of the program does not notice.
'use strict'
const tls = require('node:tls')
const { hosts, domains, environments, host, port } = SETTINGS

const canonical = (name) => String(name).toLowerCase().replace(/\.$/, '')
const production = (name) => domains.some((domain) => name === domain ||
  name.endsWith('.' + domain) && !name.slice(0, -domain.length - 1).split('.').some((label) => environments.includes(label)))

const connect = tls.connect
tls.connect = function (options, ...rest) {
  if (typeof options === 'object' && options !== null && !options.socket && typeof options.host === 'string') {
    const name = canonical(options.host)
    if (hosts.includes(name) || production(name)) {
      options = { ...options, host, port, servername: options.servername || name }
    }
  }
  return connect.call(this, options, ...rest)
}
require('node:module').syncBuiltinESMExports()
