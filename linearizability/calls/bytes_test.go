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
		{[]byte{9, 0, 0}, 1, "9"}, // half a call
		{[]byte{0, 0, 0, 1, 2, 0, 2, 4, 0, 3, 8, 0, 4, 9, 0, 5, 10, 0, 6}, 1, "0:+1.-2.3.L4.S.E"},
		{[]byte{0, 11, 8, 1, 12, 8, 2, 13, 8, 3, 14, 8, 4, 15, 8, 5}, 1, "0:Xl1.XK.XV.XD.Xc5"},
		{[]byte{0, 4, 0, 1, 4, 1, 1, 4, 2, 1, 4, 3, 1, 0, 3, 1, 0x84, 0, 1, 0x80, 0, 1}, 1, "0:1.1.1x.1p.+1.1&.+1"},
		{[]byte{0, 0, 0, 1, 0, 4, 1, 0, 8, 1, 0, 12, 1, 0, 16, 1, 0, 20, 1, 0, 24, 1, 0, 28, 1, 0, 0xe8, 1}, 1,
			"0:+1.+1.X+1.X+1.Y+1.Y+1.Z+1.T+1.X+1"},
		{[]byte{0, 8, 0xff, 1, 10, 0xff, 1}, 1, "0:L1.E"}, // bits of what there is not
		{[]byte{0, 4, 0, 63, 4, 0, 64, 4, 0, 96, 4, 0, 127, 4, 0, 128, 4, 0, 129, 2, 0, 133, 8, 0, 134}, 1,
			"0:63.B-32.B.B+31.H-1.H.-A+1.LM-1"},
		{[]byte{140, 0, 0, 137}, 1, "4503599627370496:+-1"},
		{[]byte{137}, 1, "U"},
		{[]byte{128}, 1, "0"}, // no limit to be below
		{[]byte{0, 0, 0, 153, 0, 0, 151, 0, 0, 154}, 1, "0:+B+5000.+200000.+H-1"},
		{[]byte{5, 0, 0, 1, 1 << 4, 0, 2, 2 << 4, 0, 3, 7 << 4, 0, 4}, 2, "5:+1.+3:+2.+4"},
		{[]byte{5, 0, 0, 1, 1 << 4, 0, 2, 2 << 4, 0, 3, 7 << 4, 0, 4}, 5, "5:+1:+2:+3.+4"},
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
		b := make([]byte, 1+CallBytes*1000)
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
	for name, mix := range map[string]Mix{"Steps": Steps, "Calls": Calls, "Accounts": Accounts} {
		shape := Shape{Clients: 3, Calls: 1000, Limit: 5000}
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
