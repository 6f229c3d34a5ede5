"""What is due by time, the oldest first: each by an index of its own that holds only what waits."""

DUE_CLAIMS = "select id, due_at from claim where due_at <= $1 order by due_at limit $2"
DUE_WISHES = "select id, due_at from wish where due_at <= $1 order by due_at limit $2"
