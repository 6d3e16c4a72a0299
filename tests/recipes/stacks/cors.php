@@cors@@
