// An API in Express with the package `cors`, set up as its documentation shows. It listens on the
// socket that it is given as standard input.
const express = require('express');
const cors = require('cors');

const app = express();
app.use(express.json());

const corsOptions = {
  origin: 'http://localhost:5173',
  credentials: true,
  maxAge: 600,
};

app.options('/products/:id', cors(corsOptions));
app.get('/products/:id', cors(corsOptions), (req, res) => {
  res.json({ cookie: req.headers.cookie ?? '' });
});
app.put('/products/:id', cors(corsOptions), (req, res) => {
  res.json({ id: req.params.id, price: req.body.price, key: req.get('x-api-key') });
});

// The route has CORS, but nobody answers the OPTIONS request before it.
app.put('/forgotten', cors(corsOptions), (req, res) => {
  res.json({});
});

// All defaults: any origin, which does not do for credentials.
app.get('/anyone', cors(), (req, res) => {
  res.json({});
});

app.listen({ fd: 0 });
