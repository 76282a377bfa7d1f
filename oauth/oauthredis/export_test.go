package oauthredis

// MaxCached is what the tests have to store to fill a cache.
const MaxCached = maxCached
