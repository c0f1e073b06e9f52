package linearizability

import (
	"fmt"

	"casalloc/linearizability/calls"
	"casalloc/model"

	"github.com/anishathalye/porcupine"
)

// A note is what a picture shows besides the operations. No judge looks at notes.
type note struct {
	kind   noteKind
	client int
	at     int64 // a stamp
	in     Input // what did it
}

type noteKind string

const (
	limitMoved    noteKind = "limit"         // at the return of SetLimit, EndBoot or Close
	drain         noteKind = "drain"         // at the return of a call that drains children, if any is stocked
	backendFailed noteKind = "backend fails" // of a growth (Reserve) or a shrink (Release), at its end
)

func (r *Recorder) note(kind noteKind, at int64, in Input) {
	r.notes = append(r.notes, note{kind, r.client, at, in})
}

// noteEffects notes what the last operation, which has returned, has done besides. A growth that
// was granted may have drained children too; nobody can see that from outside.
func (r *Recorder) noteEffects() {
	op := &r.ops[len(r.ops)-1]
	in, out := op.Input.(Input), op.Output.(Output)
	moves := in.Op == calls.SetLimit || in.Op == calls.EndBoot || in.Op == calls.Close
	if moves && out.Err == nil {
		r.note(limitMoved, op.Return, in)
	}
	drains := moves || in.Op == calls.Exact || in.Op == calls.Leave || in.Op == calls.Move
	if drains && out.Err == nil || in.Op == calls.Reserve && out.Err == model.ErrLimit {
		r.note(drain, op.Return, in)
	}
}

// annotations are the notes of a history as porcupine draws them: a lane for each kind. Without
// children nothing is drained.
func (h History) annotations() (as []porcupine.Annotation) {
	for _, op := range h.Ops {
		notes, _ := op.Metadata.([]note)
		for _, n := range notes {
			if n.kind == drain && len(h.Tree) == 1 {
				continue
			}
			as = append(as, porcupine.Annotation{
				Tag:         string(n.kind),
				Start:       n.at,
				Description: fmt.Sprintf("C%d %v", n.client, n.in),
			})
		}
	}
	return as
}
