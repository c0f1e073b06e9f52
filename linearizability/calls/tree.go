package calls

import (
	"casalloc/impl"
	"casalloc/model"
)

// A Tree is the budgets of a program before anyone starts, in the order of their numbers: each
// before its children, and those before the next one's.
type Tree []Node

// A Node is one budget of a Tree.
type Node struct {
	Parent Via   // 0 of the root, too
	Limit  int64 // in force from the start, bytes; impl.NoLimit: none, and of a child never one
	Later  bool  // NewChild makes it, and not before its parent
}

// Unlimited is the Limit of a root that counts nothing any more.
const Unlimited = -1

// State is the tree in the model. There are all budgets, those that are made later too.
func (t Tree) State() model.State {
	s := model.New()
	for _, n := range t[1:] {
		s = s.NewChild(int(n.Parent), n.Limit)
	}
	if t[0].Limit == Unlimited {
		return s.EndBoot(0)
	}
	s, _ = s.SetLimit(0, t[0].Limit)
	return s
}

// Make makes the budgets that are not made later.
func (t Tree) Make() []*impl.Budget {
	made := make([]*impl.Budget, len(t))
	made[0] = impl.NewBudget()
	if t[0].Limit != Unlimited && t[0].Limit != impl.NoLimit {
		made[0].SetLimit(t[0].Limit)
	}
	for i, n := range t[1:] {
		if !n.Later {
			made[1+i] = made[n.Parent].NewChild(n.Limit)
		}
	}
	if t[0].Limit == Unlimited {
		made[0].EndBoot()
	}
	return made
}

// Within reports whether a budget is another one or below it.
func (t Tree) Within(v, of Via) bool {
	for v != of && v != Root {
		v = t[v].Parent
	}
	return v == of
}

// depth is how many budgets are above one.
func (t Tree) depth(v Via) (depth int) {
	for ; v != Root; v = t[v].Parent {
		depth++
	}
	return depth
}

// add adds a budget at most one level below the last one. What is below one that is made later is
// made later too.
func (t Tree) add(depth int, limit int64, later bool) Tree {
	parent := Via(len(t) - 1)
	for t.depth(parent) >= depth {
		parent = t[parent].Parent
	}
	return append(t, Node{parent, limit, later || t[parent].Later})
}
