package calls

import (
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	n := func(n int64) Size { return Size{N: n} }
	for text, want := range map[string]Program{
		"3:2.0": {Limit: 3, Clients: []Client{{Items: [][]Call{{{Size: n(2)}}, {{}}}}}},
		"0:@h4.2x:+1.-1": {Clients: []Client{
			{Account: true, Held: 4, Items: [][]Call{{{Size: n(2), Fate: Fails}}}},
			{Items: [][]Call{{{Op: Reserve, Size: n(1)}}, {{Op: Release, Size: n(1)}}}}}},
		"U:2p/a1e.L5.E.S": {Limit: Unlimited, Clients: []Client{{Items: [][]Call{
			{{Size: n(2), Fate: Panics}, {Op: Realloc, Size: n(1), Fate: Either}},
			{{Op: SetLimit, Size: n(5)}}, {{Op: EndBoot}}, {{Op: Stats}}}}}},
		"9:Xl4.YK.ZV.XD.XN.Tc4": {Limit: 9, Clients: []Client{{Items: [][]Call{
			{{Op: SetAccountLimit, Via: X, Size: n(4)}}, {{Op: Close, Via: Y}}, {{Op: Leave, Via: Z}},
			{{Op: Drop, Via: X}}, {{Op: NewAccount, Via: X}}, {{Op: Claim, Via: Tenant, Size: n(4)}}}}}},
		"9:r-2.--2.B+5x&.XB-5.-A+1.+H.LM-1.+-9223372036854775808": {Limit: 9, Clients: []Client{{Items: [][]Call{
			{{Size: n(-2)}}, {{Op: Release, Size: n(-2)}}, {{Size: Size{Block, 5}, Fate: Fails, Nest: true}},
			{{Via: X, Size: Size{Block, -5}}}, {{Op: Release, Size: Size{All, 1}}}, {{Op: Reserve, Size: Size{Of: Headroom}}},
			{{Op: SetLimit, Size: Size{Limit, -1}}}, {{Op: Reserve, Size: n(math.MinInt64)}}}}}},
	} {
		got, err := Parse(text)
		if err != nil {
			t.Error(err)
		} else if d := cmp.Diff(want, got); d != "" {
			t.Errorf("Parse(%q) (-want +got):\n%s", text, d)
		}
		if got.String() != text {
			t.Errorf("%s is written %v", text, got)
		}
	}
	if p, err := Parse("3:r2*3.Xr2:++5"); err != nil || p.String() != "3:2.2.2.X2:+5" {
		t.Errorf("other spellings are %v, %v", p, err)
	}
	for _, text := range []string{"", "3", "x:2", "-1:2", "3:", "3:2y", "3:2.", "3:h0.2", "3:2.h1", "3:2*0", "3:2*257", "3:2*x",
		"3:E1", "3:L", "3:a0e", "3:a0x", "3:@K1", "3:XE", "3:TL3", "3:+2x", "3:+2&", "3:2&x", "3:XY2", "3:H+", "3:B5x5"} {
		if p, err := Parse(text); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("Parse(%q) = %v, %v, want an error with it", text, p, err)
		}
	}
}

// A client's calls as one that has no choice makes them.
func TestCalls(t *testing.T) {
	for text, want := range map[string]string{
		"3:h4.2/0.+1":       "3:4.2.+1",
		"3:@h4.2.L3.D.0":    "3:X4.X2.L3.XD.0",
		"3:2.N.1.Y1.K.T1.S": "3:2.XN.X1.Y1.XK.T1.S",
	} {
		p, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		var made Client
		for _, c := range p.Clients[0].Calls() {
			made.Items = append(made.Items, []Call{c})
		}
		if got := (Program{3, []Client{made}}).String(); got != want {
			t.Errorf("the calls of %s are %s, want %s", text, got, want)
		}
	}
}
