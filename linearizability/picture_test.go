package linearizability_test

import (
	"os"
	"path/filepath"
	"testing"

	"casalloc/impl"
	lin "casalloc/linearizability"
	"casalloc/linearizability/calls"
)

// TestPicture draws a run that passes. The command prints where the picture is:
//
//	go test ./linearizability -run TestPicture -artifacts -v
func TestPicture(t *testing.T) {
	b, rs := impl.NewBudget(), lin.NewRecorders(3)
	// Limit 4. Client 0 grows by 3 and its backend fails. Meanwhile client 1 is refused, and client
	// 2 lowers the limit.
	rs[0].Do(b, lin.Input{Op: calls.SetLimit, N: 4})
	rs[0].Resize(b, 0, 3, func() bool {
		rs[1].Resize(b, 0, 2, func() bool { return true })
		rs[2].Resize(b, 0, 1, func() bool {
			rs[1].Do(b, lin.Input{Op: calls.Stats})
			return true
		})
		rs[2].Do(b, lin.Input{Op: calls.SetLimit, N: 2})
		return false
	})
	rs[1].Resize(b, 0, 1, func() bool { return true })
	rs[1].Do(b, lin.Input{Op: calls.Stats})
	history := lin.History(rs)
	lin.Require(t, history, "# three clients")

	path := filepath.Join(t.ArtifactDir(), "history.html")
	if err := lin.Draw(history, path, "go test ./linearizability -run TestPicture -artifacts -v"); err != nil {
		t.Fatal(err)
	}
	if f, err := os.Stat(path); err != nil || f.Size() == 0 {
		t.Fatalf("no picture: %v, %v", f, err)
	}
	t.Log(path)
}
