import { memoryStore } from '../../src/dm/index.js';
import { serverStoreContract } from '../support/serverStoreContract.js';

serverStoreContract('memoryStore', async () => memoryStore());
