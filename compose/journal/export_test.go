package journal

// What the tests have to know to fill the queue, to write more than one batch, and to read more than one chunk.
const (
	MaxQueued  = maxQueued
	MaxBatch   = maxBatch
	Linger     = linger
	Chunk      = chunk
	Poll       = poll
	MaxReaders = maxReaders
)

// Readers is how many wait.
func Readers(j *Journal) int { return len(j.readers) }
