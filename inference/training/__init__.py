"""How nano is made: its tokenizer, its teacher, its training and its first calibrator."""
