"""How people's decisions are checked: second opinions, adjudication, gold items, agreement, and care."""
