package calls

import (
	"math"
	"strings"
	"testing"

	"casalloc/impl"

	"github.com/google/go-cmp/cmp"
)

func TestParse(t *testing.T) {
	n := func(n int64) Size { return Size{N: n} }
	root := func(limit int64) Tree { return Tree{{Limit: limit}} }
	for text, want := range map[string]Program{
		"3:2.0": {root(3), []Client{{Items: [][]Call{{{Size: n(2)}}, {{}}}}}},
		"-:h4.2x:+1.-1": {root(impl.NoLimit), []Client{
			{Held: 4, Items: [][]Call{{{Size: n(2), Fate: Fails}}}},
			{Items: [][]Call{{{Op: Reserve, Size: n(1)}}, {{Op: Release, Size: n(1)}}}}}},
		"U:2p/a1e.L5.L-.E.S.=": {root(Unlimited), []Client{{Items: [][]Call{
			{{Size: n(2), Fate: Panics}, {Op: Realloc, Size: n(1), Fate: Either}},
			{{Op: SetLimit, Size: n(5)}}, {{Op: SetLimit, Size: n(impl.NoLimit)}}, {{Op: EndBoot}}, {{Op: Stats}},
			{{Op: Exact}}}}}},
		"9(8(-,0),?7(?-)):@Xh4.+1.O-1:XL4.YK.ZV.WN.XMY5.MX1.YMO1.Pc4": {
			Tree{{Limit: 9}, {Limit: 8}, {Parent: X, Limit: impl.NoLimit}, {Parent: X}, {Limit: 7, Later: true},
				{Parent: W, Limit: impl.NoLimit, Later: true}},
			[]Client{
				{At: X, Held: 4, Items: [][]Call{{{Op: Reserve, Via: X, Size: n(1)}}, {{Op: Release, Size: n(1)}}}},
				{Items: [][]Call{{{Op: SetLimit, Via: X, Size: n(4)}}, {{Op: Close, Via: Y}}, {{Op: Leave, Via: Z}},
					{{Op: NewChild, Via: W}}, {{Op: Move, Via: X, To: Y, Size: n(5)}}, {{Op: Move, To: X, Size: n(1)}},
					{{Op: Move, Via: Y, Size: n(1)}}, {{Op: Claim, Via: P, Size: n(4)}}}}}},
		"9(-):r-2.--2.B+5x&.XB-5.-A+1.+H.LM-1.rM-1.+-9223372036854775808": {
			Tree{{Limit: 9}, {Limit: impl.NoLimit}}, []Client{{Items: [][]Call{
				{{Size: n(-2)}}, {{Op: Release, Size: n(-2)}}, {{Size: Size{Block, 5}, Fate: Fails, Nest: true}},
				{{Via: X, Size: Size{Block, -5}}}, {{Op: Release, Size: Size{All, 1}}}, {{Op: Reserve, Size: Size{Of: Headroom}}},
				{{Op: SetLimit, Size: Size{Limit, -1}}}, {{Size: Size{Limit, -1}}}, {{Op: Reserve, Size: n(math.MinInt64)}}}}}},
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
	if p, err := Parse("3(?-(-)):r2*3.Xr2:@Y++5.Y1"); err != nil || p.String() != "3(?-(?-)):2.2.2.X2:@Y+5.1" {
		t.Errorf("other spellings are %v, %v", p, err)
	}
	for _, text := range []string{"", "3", "x:2", "-1:2", "3:", "3:2y", "3:2.", "3:h0.2", "3:2.h1", "3:2*0", "3:2*257", "3:2*x",
		"3:E1", "3:L", "3:a0e", "3:a0x", "3:@K1", "3:X2", "3:@X2", "3(-):MY1", "3(-):M1", "3(-):MX", "3:+2x", "3:+2&", "3:2&x",
		"3(-):XX2", "3:H+", "3:B5x5", "3(:2", "3():2", "3(1:2", "3(1)):2", "3(1)(2):2", "3,1:2", "3(1),2:2", "3(1)2:2", "?3:2",
		"3(U):2", "3(x):2", "3(-2):2", "3(140737488355329):2", "3(1,1,1,1,1,1,1,1,1):2"} {
		if p, err := Parse(text); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("Parse(%q) = %v, %v, want an error with it", text, p, err)
		}
	}
}

// A client's calls as one that has no choice makes them.
func TestCalls(t *testing.T) {
	p, err := Parse("3(-):@Xh4.2/0.O+1")
	if err != nil {
		t.Fatal(err)
	}
	var made Client
	for _, c := range p.Clients[0].Calls() {
		made.Items = append(made.Items, []Call{c})
	}
	if got, want := made.String(), "X4.X2.+1"; got != want {
		t.Errorf("the calls of %v are %s, want %s", p, got, want)
	}
}
