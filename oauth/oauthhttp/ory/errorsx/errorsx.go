// Package errorsx is what fosite's errors are made with.
package errorsx

import "errors"

// WithStack is the error itself: nobody here reads the stacks of errors.
func WithStack(err error) error { return err }

// Cause is the innermost error.
func Cause(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}

// What an error may tell of itself.
type (
	StatusCodeCarrier interface{ StatusCode() int }
	StatusCarrier     interface{ Status() string }
	ReasonCarrier     interface{ Reason() string }
	RequestIDCarrier  interface{ RequestID() string }
	DebugCarrier      interface{ Debug() string }
	DetailsCarrier    interface{ Details() map[string]any }
)
