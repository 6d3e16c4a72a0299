<?php
// An application; the recipe's file is run before it.
$path = parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH);
if ($path === '/api/private' && !isset($_SERVER['HTTP_AUTHORIZATION'])) {
    http_response_code(401);
} elseif ($path === '/api/broken') {
    ini_set('display_errors', '0');
    throw new RuntimeException('broken');
} elseif (in_array($path, ['/api/private', '/api/products/1'], true)) {
    header('X-Total: 7');
    echo '{}';
} else {
    http_response_code(404);
}
