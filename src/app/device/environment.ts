/** What the client core is given by a device. */
import {
  type ClientEnvironment,
  DEFAULT_CLIENT_LIMITS,
  DEFAULT_CLIENT_POLICY,
  DEFAULT_FORMATS,
} from '../../dm/index.js';
import { MO_DEFINITIONS } from '../../mo/index.js';
import type { DeviceOptions } from './types.js';

/** SHOW needs a browser, and a question somebody who answers: without them the core is told so. */
export function environmentOf(options: DeviceOptions): ClientEnvironment {
  const { clock, random, definitions = [], policy, limits, networkValues = {} } = options;
  const { formats = DEFAULT_FORMATS, notificationFormats } = options;
  return {
    definitions: [...MO_DEFINITIONS, ...definitions],
    clock,
    random,
    policy: { ...DEFAULT_CLIENT_POLICY, ...policy, browser: options.browser !== undefined },
    limits: { ...DEFAULT_CLIENT_LIMITS, ...limits },
    serverUriValues: networkValues,
    formats,
    ...(notificationFormats === undefined ? {} : { notificationFormats }),
  };
}
