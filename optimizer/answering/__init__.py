"""From shipped units to the answer's frames: what each line gets, why not more, what follows."""
