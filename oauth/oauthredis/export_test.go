package oauthredis

// MaxCached is what the tests have to store to fill a cache.
const MaxCached = maxCached

// Waiting is how many marks wait for the round trip before theirs.
func (s *Store) Waiting() int {
	s.marker.mutex.Lock()
	defer s.marker.mutex.Unlock()
	return len(s.marker.waiting)
}
