@@proxy@@
