package session

// Clock makes the session clock from two clocks that are each wrong at times:
// the wall clock, which people set, and the monotonic one, which stands still
// while the machine sleeps. Between two readings it advances by the larger of
// both advances, never back. What it cannot see is a wall clock set back
// during sleep. The zero Clock is ready and reads 0.
type Clock struct {
	now, wall, monotonic int64 // at the last reading
	// Where both clocks last disagreed. While they agree, time is counted from
	// here and not from reading to reading: they tick over at different
	// moments, and the larger of each two advances would add up to nearly
	// twice the time where readings follow fast.
	base, baseWall, baseMonotonic int64
	running                       bool
}

// disagreement is by how many ms both advances may differ with no clock being
// set or stopped: rounding, and a pause between the two readings.
const disagreement = 50

// Read advances the clock by a reading of both clocks, in ms.
func (c Clock) Read(wall, monotonic int64) Clock {
	wall, monotonic = sane(wall), sane(monotonic)
	dw, dm := wall-c.wall, monotonic-c.monotonic
	c.wall, c.monotonic = wall, monotonic
	switch {
	case !c.running:
		c.running = true
		c.baseWall, c.baseMonotonic = wall, monotonic
	case max(dw-dm, dm-dw) > disagreement:
		// The sum stays far from where times plus lifetimes overflow.
		c.now = min(c.now+max(dw, dm, 0), 1<<60)
		c.base, c.baseWall, c.baseMonotonic = c.now, wall, monotonic
	default:
		c.now = max(c.now, min(c.base+max(wall-c.baseWall, monotonic-c.baseMonotonic), 1<<60))
	}
	return c
}

// Now is the session's time, in ms.
func (c Clock) Now() int64 { return c.now }

// sane bounds a reading to JavaScript's range of times.
func sane(t int64) int64 { return max(-8.64e15, min(t, 8.64e15)) }
