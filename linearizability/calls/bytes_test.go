package calls

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The numbers here are those of the format: another one makes another program of every input that
// was kept.
func TestDecode(t *testing.T) {
	for _, c := range []struct {
		data    []byte
		clients int
		want    string
	}{
		{nil, 1, "0"},
		{[]byte{9}, 1, "9"},
		{[]byte{9, 0, 0, 0}, 1, "9"}, // part of a call
		{[]byte{5, 0, 0, 0, 1, 2, 0, 2, 4, 0, 3, 8, 0, 4, 9, 0, 5, 10, 0, 6}, 1, "5:+1.-2.3.L4.S.="},
		{[]byte{5, 1, 4, 0, 11, 4, 1, 12, 4, 2, 13, 4, 3, 14, 4, 4, 15, 4, 5, 8, 4, 139}, 1, "5(-):XE.XK.XV.XN.Xc5.XL-"},
		{[]byte{5, 0, 4, 0, 1, 4, 1, 1, 4, 2, 1, 4, 3, 1, 0, 3, 1, 0x84, 0, 1, 0x80, 0, 1}, 1, "5:1.1.1x.1p.+1.1&.+1"},
		// Budgets, modulo how many there are, and targets of Move.
		{[]byte{139, 2, 4, 0, 4, 0, 0, 0, 1, 0, 4, 1, 0, 8, 1, 0, 12, 1, 7, 1, 1, 7, 6, 1, 7, 0x4c, 1}, 1,
			"-(-,-):+1.X+1.Y+1.+1.MX1.XMY1.MX1"},
		{[]byte{5, 0, 8, 0xff, 1, 11, 0xff, 1}, 1, "5:L1.E"}, // bits of what there is not
		{[]byte{5, 0, 4, 0, 63, 4, 0, 64, 4, 0, 96, 4, 0, 127, 4, 0, 128, 4, 0, 129, 2, 0, 133, 8, 0, 134, 4, 0, 135}, 1,
			"5:63.B-32.B.B+31.H-1.H.-A+1.LM-1.rM"},
		// Limits: the largest, and what is none, of a root and of a child.
		{[]byte{140, 0, 0, 0, 137}, 1, "140737488355328:+-1"},
		{[]byte{137, 2, 0, 137, 4, 137}, 1, "U(140737488355328,-)"},
		{[]byte{128}, 1, "-"}, // no limit to be below
		// Four levels, and not five; as deep as one can be below the last; made later, and what is
		// below.
		{[]byte{99, 4, 0, 8, 1, 7, 2, 6, 3, 5}, 1, "-(8(7(6)),5)"},
		{[]byte{99, 4, 0, 8, 9, 7, 2, 6, 4, 5}, 1, "-(8(?7(?6)),-)"},
		{[]byte{63, 8, 0, 1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 0, 7, 0, 8}, 1, "63(1,2,3,4,5,6,7,8)"},
		{[]byte{63, 9}, 1, "63"},
		{[]byte{63, 0, 0, 0, 153, 0, 0, 151, 0, 0, 154}, 1, "63:+B+5000.+200000.+H-1"},
		{[]byte{5, 0, 0, 0, 1, 1 << 4, 0, 2, 2 << 4, 0, 3, 7 << 4, 0, 4}, 2, "5:+1.+3:+2.+4"},
		{[]byte{5, 0, 0, 0, 1, 1 << 4, 0, 2, 2 << 4, 0, 3, 7 << 4, 0, 4}, 5, "5:+1:+2:+3.+4"},
	} {
		p := Decode(c.data, c.clients)
		if got := p.String(); got != c.want || len(p.Clients) != c.clients {
			t.Errorf("Decode(%v, %d) = %s of %d clients, want %s", c.data, c.clients, got, len(p.Clients), c.want)
		}
	}
}

// What any bytes are is written as text and as bytes, and read back the same.
func TestEncode(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for clients := range 8 {
		b := make([]byte, CallBytes*1000)
		for i := range b {
			b[i] = byte(rng.Uint32())
		}
		p := Decode(b, 1+clients)
		if d := cmp.Diff(p, Decode(p.Encode(), 1+clients)); d != "" {
			t.Errorf("from its bytes (-want +got):\n%s", d)
		}
		read, err := Parse(p.String())
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(p, read); d != "" {
			t.Errorf("from its text (-want +got):\n%s", d)
		}
	}
}

func TestDraw(t *testing.T) {
	for name, mix := range map[string]Mix{"Steps": Steps, "Calls": Calls, "Slack": Slack} {
		shape := Shape{Clients: 3, Calls: 1000, Limit: 5000, Budgets: 9}
		draw := func() Program { return Draw(rand.New(rand.NewPCG(1, 2)), mix, shape) }
		p := draw()
		if d := cmp.Diff(p, draw()); d != "" {
			t.Errorf("%s: one seed, two programs:\n%s", name, d)
		}
		if read, err := Parse(p.String()); err != nil || !cmp.Equal(p, read) {
			t.Errorf("%s: read back from its text it is another program (%v)", name, err)
		}
		shape.Still = true
		for _, client := range draw().Clients {
			for _, c := range client.Calls() {
				if c.Op == SetLimit {
					t.Errorf("%s: Still, and %v", name, c)
				}
			}
		}
	}
}
