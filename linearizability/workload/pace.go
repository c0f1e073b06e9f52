package workload

import (
	"math"
	"sync/atomic"
)

// maxChanges is how many changes of the limit may begin during one call: package impl assumes that
// they are fewer than 128.
const maxChanges = 127

// A Pace keeps goroutines that change the limit in a loop to that. It is safe for concurrent use. A
// nil Pace lets each change begin.
type Pace struct {
	begun atomic.Int64   // changes of the limit; only rises
	calls []atomic.Int64 // for each client, what begun was before its last call; only rises
}

// NewPace returns the pace of so many clients.
func NewPace(clients int) *Pace { return &Pace{calls: make([]atomic.Int64, clients)} }

// Call is what a client does before each call, or before several that count as one.
func (p *Pace) Call(client int) {
	if p != nil {
		p.calls[client].Store(p.begun.Load())
	}
}

// End is what a client does after its last call.
func (p *Pace) End(client int) {
	if p != nil {
		p.calls[client].Store(math.MaxInt64)
	}
}

// Change reports whether one more change of the limit may begin now, and counts it if so. A client
// whose change has to wait is not in a call: it does Call before it tries again.
func (p *Pace) Change() bool {
	if p == nil {
		return true
	}
	n := p.begun.Load()
	for i := range p.calls {
		if n-p.calls[i].Load() >= maxChanges {
			return false
		}
	}
	return p.begun.CompareAndSwap(n, n+1)
}
