// An application with the recipe in it.
import "reflect-metadata";
import { All, Controller, Get, Header, Module, UnauthorizedException } from "@nestjs/common";
import { NestFactory } from "@nestjs/core";

class Api {
  product() {
    return {};
  }

  broken() {
    throw new Error("broken");
  }
}

// What TypeScript makes of decorators.
const own = (name) => Object.getOwnPropertyDescriptor(Api.prototype, name);
Header("X-Total", "7")(Api.prototype, "product", own("product"));
All(["products/1", "private"])(Api.prototype, "product", own("product"));
Get("broken")(Api.prototype, "broken", own("broken"));
Controller("api")(Api);

class Application {}
Module({ controllers: [Api] })(Application);

const app = await NestFactory.create(Application, { logger: false });

@@app@@

app.useGlobalGuards({
  canActivate(context) {
    const request = context.switchToHttp().getRequest();
    if (request.path === "/api/private" && !request.get("Authorization")) throw new UnauthorizedException();
    return true;
  },
});
await app.listen(@@PORT@@, "127.0.0.1");
