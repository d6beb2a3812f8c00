"""From a value of a table back to the files it was made from and the functions that computed it."""
