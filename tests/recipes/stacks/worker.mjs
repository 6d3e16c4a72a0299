@@worker@@
