package engine

// Bounds of the arrays that a state is made of.
const (
	MaxCells   = 60
	MaxThreads = 4
	MaxChoices = 10 // a choice is one digit of a schedule
)

// An Op is an operation on one cell of memory. Its dynamic type must be comparable.
type Op interface {
	// Enabled reports whether the operation can happen while the cell has value v. A lock that is
	// taken waits; nothing else does.
	Enabled(v int64) bool
	// Do performs the operation on the cell and returns what its caller reads.
	Do(v *int64) int64
}

// A Cell is a piece of memory.
type Cell struct {
	Name  string
	Value int64 // at the start
	// Own: the memory of one thread at a time. An operation on it is no step, but a part of the
	// step before. Its value is part of the state.
	Own bool
	// Guard is the number, from 1, of the cell of a lock: the memory is that of whoever has the
	// lock, and otherwise like Own.
	Guard int
}

// Memory is the values of the cells.
type Memory [MaxCells]int64

// interned numbers values: few memories, points and pasts make many states.
type interned[T comparable] struct {
	values []T
	number map[T]int32
}

func (in *interned[T]) intern(v T) int32 {
	n, ok := in.number[v]
	if !ok {
		if in.number == nil {
			in.number = make(map[T]int32)
		}
		n = int32(len(in.values))
		in.number[v] = n
		in.values = append(in.values, v)
	}
	return n
}
