package journal

// What the tests have to know to fill the queue, and to read in more than one chunk.
const (
	MaxQueued = maxQueued
	Chunk     = chunk
)
