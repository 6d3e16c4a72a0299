# An application with the recipe in it.
require "rails"
require "action_controller/railtie"
require "rack/cors"

class Application < Rails::Application
  config.load_defaults 6.1
  config.eager_load = false
  config.consider_all_requests_local = false
  config.secret_key_base = "test"
  config.hosts.clear
  config.logger = Logger.new($stderr, level: :fatal)
end

class ApiController < ActionController::API
  def product
    response.set_header("X-Total", "7")
    render json: {}
  end

  def private
    return head :unauthorized unless request.authorization

    product
  end

  def broken
    raise "broken"
  end
end

@@initializer@@

Rails.application.initialize!
Rails.application.routes.draw do
  match "/api/products/1", to: "api#product", via: %i[get post put delete patch]
  get "/api/private", to: "api#private"
  get "/api/broken", to: "api#broken"
end

run Rails.application
