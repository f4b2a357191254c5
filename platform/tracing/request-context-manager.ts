import { EventEmitter } from 'node:events';
import type { Context } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';

/**
 * Node's AsyncLocalStorage and nothing more. The stock manager also rewrites eight methods of every request and response
 * and wraps each listener, so that those run within the request's context, too. Handlers do not need it, since promises
 * and timers carry the context by themselves.
 */
export class RequestContextManager extends AsyncLocalStorageContextManager {
  override bind<T>(context: Context, target: T): T {
    return target instanceof EventEmitter ? target : super.bind(context, target);
  }
}
