// scripts/client.py writes this file. Do not edit it.

import { skill } from "./skill";

// Analytics

/**
 * Sum up the sales of a period from the copy of the store: gross, net and total sales, discounts, returns, tax,
 * shipping, orders, average order value and units; by day, week or month, and against the period before and the
 * same days of last year.
 */
export const analyticsSales = /* @__PURE__ */ skill("analytics_sales");

/**
 * Rank products, variants, channels, countries, discount codes, tags of orders or kinds of customers by their
 * sales in a period, best or worst first. Products that sold before the period but not in it are among the worst.
 */
export const analyticsBreakdown = /* @__PURE__ */ skill("analytics_breakdown");

/**
 * Count new and returning customers of a period, show what customers are worth and how many come back, and follow
 * the customers of each month after their first order: retention, repeat orders and net sales.
 */
export const analyticsCustomers = /* @__PURE__ */ skill("analytics_customers");

/**
 * Show how many orders of a period were cancelled or refunded, how long fulfilment and delivery took, and which
 * orders are late.
 */
export const analyticsOrders = /* @__PURE__ */ skill("analytics_orders");

// Audiences

/**
 * Sort the customers of a store into classes by how recently, how often and for how much they bought. Shows the
 * size of each class, what its orders are worth, and the thresholds of the scores.
 */
export const audienceRfm = /* @__PURE__ */ skill("audience_rfm");

/**
 * List customers with their class and the sentence that explains it, page by page; those whose orders are worth
 * most come first.
 */
export const audienceRfmCustomers = /* @__PURE__ */ skill("audience_rfm_customers");

/** List the saved audiences of a store by name, with their rules in words. */
export const audienceList = /* @__PURE__ */ skill("audience_list");

/** Read one audience with its rules and the number of its members, by id or name. */
export const audienceGet = /* @__PURE__ */ skill("audience_get");

/** Save a group of customers by rules. Nothing is written to the store. */
export const audienceCreate = /* @__PURE__ */ skill("audience_create");

/** Rename an audience or change its rules. Fields that you leave out stay as they are. */
export const audienceUpdate = /* @__PURE__ */ skill("audience_update");

/**
 * Delete an audience for good. Its customers, and the tags that they have, stay. It can't be undone: ask for its
 * preview first.
 */
export const audienceDelete = /* @__PURE__ */ skill("audience_delete");

/** List the customers in an audience by their ids, page by page. */
export const audienceMembers = /* @__PURE__ */ skill("audience_members");

/**
 * Explain whether a customer is in an audience: for each rule, what is known about the customer and whether the
 * rule is met.
 */
export const audienceExplain = /* @__PURE__ */ skill("audience_explain");

/**
 * Add a tag to the members of an audience in Shopify, and remove it from customers who left. Only tags that the
 * audience added are removed; other tags stay. A preview shows how many customers get and lose the tag. It runs in
 * the background. It can't be undone: ask for its preview first.
 */
export const audiencePush = /* @__PURE__ */ skill("audience_push");

/**
 * Show the rules of an audience in Shopify’s segment query language, with reasons for rules that Shopify can’t
 * express and notes where Shopify’s meaning differs slightly.
 */
export const audienceQuery = /* @__PURE__ */ skill("audience_query");

/**
 * Create a Shopify segment from the rules of an audience, so that Shopify keeps its members up to date; or, by
 * tag, with the customers that audience_push tagged. Rules that Shopify can’t express are refused with the reason.
 */
export const audienceSegmentCreate = /* @__PURE__ */ skill("audience_segment_create");

// Bulk operations

/**
 * Get the status of a bulk operation and how many objects it has processed. Its result is fetched at /bulk-
 * operations/{id}/result.
 */
export const bulkOperationGet = /* @__PURE__ */ skill("bulk_operation_get");

/** List the bulk operations that this app has started in the store, newest first. */
export const bulkOperationList = /* @__PURE__ */ skill("bulk_operation_list");

/**
 * Export a whole resource, or all that a GraphQL query selects, as JSONL. Shopify works in the background; the
 * result is fetched at /bulk-operations/{id}/result and kept for 7 days. Five exports run at once in a store;
 * further ones wait.
 */
export const bulkExport = /* @__PURE__ */ skill("bulk_export");

/**
 * Run one mutation with many sets of variables, and report on each of them. Shopify works in the background; five
 * imports run at once in a store, and further ones wait. Each line takes effect independently of the others. It
 * can't be undone: ask for its preview first.
 */
export const bulkImport = /* @__PURE__ */ skill("bulk_import");

/** Stop a bulk operation that is running. What an import has already written stays. Shopify may take a few minutes. */
export const bulkOperationCancel = /* @__PURE__ */ skill("bulk_operation_cancel");

// Campaigns

/** List the campaigns of a store by name. */
export const campaignList = /* @__PURE__ */ skill("campaign_list");

/** Read the codes and the days of a campaign, by name or id. */
export const campaignGet = /* @__PURE__ */ skill("campaign_get");

/**
 * Sum up the orders that used a campaign’s codes during the campaign: sales, discounts, returns, new customers, by
 * code and in total, compared with all sales of the store in the same days and in as many days before. An order
 * with several codes counts once in the totals.
 */
export const campaignResult = /* @__PURE__ */ skill("campaign_result");

/**
 * Save discount codes and a period as a campaign. Nothing is written to the store: create the codes with the
 * discount actions.
 */
export const campaignCreate = /* @__PURE__ */ skill("campaign_create");

/** Rename a campaign, or change its codes or days. Fields that you leave out stay as they are. */
export const campaignUpdate = /* @__PURE__ */ skill("campaign_update");

/** Delete a campaign for good. Its discount codes stay as they are. It can't be undone: ask for its preview first. */
export const campaignDelete = /* @__PURE__ */ skill("campaign_delete");

// Abandoned checkouts

/**
 * List checkouts that customers left before paying, the newest first, also those that were paid later:
 * recovery_state says which.
 */
export const abandonedCheckoutSearch = /* @__PURE__ */ skill("abandoned_checkout_search");

/**
 * Count the checkouts that match the filters of abandoned_checkout_search. `precision` says whether Shopify
 * counted all of them.
 */
export const abandonedCheckoutCount = /* @__PURE__ */ skill("abandoned_checkout_count");

/**
 * Read an abandonment: what is in the checkout, whether it is in stock, and whether the customer has ordered since
 * or got an e-mail. Identify it by its id or by the id of the checkout.
 */
export const abandonmentGet = /* @__PURE__ */ skill("abandonment_get");

// Collections

/** List collections, page by page. Filter by words and by the time of the last change. */
export const collectionSearch = /* @__PURE__ */ skill("collection_search");

/** Get one collection by its id. */
export const collectionGet = /* @__PURE__ */ skill("collection_get");

/** Create a collection. It starts without products and is not published. */
export const collectionCreate = /* @__PURE__ */ skill("collection_create");

/** Change a collection. Fields that you leave out stay as they are. */
export const collectionUpdate = /* @__PURE__ */ skill("collection_update");

/** Delete a collection. Its products are not deleted. It can't be undone: ask for its preview first. */
export const collectionDelete = /* @__PURE__ */ skill("collection_delete");

/** Get the ids of a collection’s products in their order; or find out which of some products are in it. */
export const collectionProductGet = /* @__PURE__ */ skill("collection_product_get");

/** Add products to a collection by hand. Its other products and its rules stay as they are. */
export const collectionProductAdd = /* @__PURE__ */ skill("collection_product_add");

/**
 * Remove products that were added to a collection by hand. The products themselves stay. Products that a rule adds
 * can’t be removed by hand.
 */
export const collectionProductRemove = /* @__PURE__ */ skill("collection_product_remove");

/**
 * Move products of a collection to other positions, one after the other. The collection must be sorted by hand
 * (sort_order MANUAL).
 */
export const collectionProductReorder = /* @__PURE__ */ skill("collection_product_reorder");

/** Get the sources that bring products into a collection: its rules, and products that are selected by hand. */
export const collectionSourceGet = /* @__PURE__ */ skill("collection_source_get");

/** Give a collection a source: conditions that find its products, now and whenever products change. */
export const collectionSourceCreate = /* @__PURE__ */ skill("collection_source_create");

/** Change a source of a collection. Fields that you leave out stay as they are; lists replace the existing ones. */
export const collectionSourceUpdate = /* @__PURE__ */ skill("collection_source_update");

/**
 * Delete a source of a collection. Its products leave the collection unless another source brings them in; the
 * products themselves stay. It can't be undone: ask for its preview first.
 */
export const collectionSourceDelete = /* @__PURE__ */ skill("collection_source_delete");

// Customers

/** List customers, page by page, with typed filters. */
export const customerSearch = /* @__PURE__ */ skill("customer_search");

/** Count customers. Shopify counts them by these filters only. `precision` says whether it counted all of them. */
export const customerCount = /* @__PURE__ */ skill("customer_count");

/** Get one customer with their addresses, by id, e-mail or phone. */
export const customerGet = /* @__PURE__ */ skill("customer_get");

/**
 * Create a customer with contact data, tags and addresses. E-mail address and phone number must be unique in the
 * store.
 */
export const customerCreate = /* @__PURE__ */ skill("customer_create");

/** Change a customer. Fields that you leave out stay as they are; null clears a field. */
export const customerUpdate = /* @__PURE__ */ skill("customer_update");

/**
 * Create a customer, or update the one that has the id, e-mail address or phone number. Fields that you leave out
 * stay as they are; a list replaces the existing one, so an address or a tag that the list leaves out is deleted.
 * It can't be undone: ask for its preview first.
 */
export const customerUpsert = /* @__PURE__ */ skill("customer_upsert");

/** Record that a customer has given or withdrawn consent to marketing by e-mail. */
export const customerEmailConsentUpdate = /* @__PURE__ */ skill("customer_email_consent_update");

/**
 * Record that a customer has given or withdrawn consent to marketing by text message. The customer needs a phone
 * number.
 */
export const customerSmsConsentUpdate = /* @__PURE__ */ skill("customer_sms_consent_update");

/**
 * Record that a customer has given or withdrawn consent to marketing by WhatsApp. The customer needs a phone
 * number.
 */
export const customerWhatsappConsentUpdate = /* @__PURE__ */ skill("customer_whatsapp_consent_update");

/** Delete a customer who has no orders. This can’t be undone. It can't be undone: ask for its preview first. */
export const customerDelete = /* @__PURE__ */ skill("customer_delete");

// Discounts and codes

/** List discounts, by code and automatic, with their state and their rule in words. */
export const discountSearch = /* @__PURE__ */ skill("discount_search");

/** Read one discount with its rule, by id or by code. Upper and lower case are the same. */
export const discountGet = /* @__PURE__ */ skill("discount_get");

/** Create a code for a percentage or an amount off the order, or off some products or collections. */
export const discountCodeBasicCreate = /* @__PURE__ */ skill("discount_code_basic_create");

/** Create a code that makes some products cheaper or free for customers who buy others. */
export const discountCodeBxgyCreate = /* @__PURE__ */ skill("discount_code_bxgy_create");

/** Create a code for free shipping, to all countries or some. */
export const discountCodeFreeShippingCreate = /* @__PURE__ */ skill("discount_code_free_shipping_create");

/**
 * Change a code discount of any kind. Fields that you leave out stay as they are; null removes a limit; a list
 * replaces the existing one, and an empty list of products or collections means everything.
 */
export const discountCodeUpdate = /* @__PURE__ */ skill("discount_code_update");

/** Activate a code discount now. Its end time is removed. */
export const discountCodeActivate = /* @__PURE__ */ skill("discount_code_activate");

/** End a code discount now. It can be activated again. */
export const discountCodeDeactivate = /* @__PURE__ */ skill("discount_code_deactivate");

/**
 * Delete a discount with all its codes for good. discount_code_deactivate only ends it. It can't be undone: ask
 * for its preview first.
 */
export const discountCodeDelete = /* @__PURE__ */ skill("discount_code_delete");

/** Activate an automatic discount now. Its end time is removed. */
export const discountAutomaticActivate = /* @__PURE__ */ skill("discount_automatic_activate");

/** End an automatic discount now. It can be activated again. */
export const discountAutomaticDeactivate = /* @__PURE__ */ skill("discount_automatic_deactivate");

/**
 * Delete an automatic discount for good. discount_automatic_deactivate only ends it. It can't be undone: ask for
 * its preview first.
 */
export const discountAutomaticDelete = /* @__PURE__ */ skill("discount_automatic_delete");

/**
 * Add up to 250 codes to a discount, such as one for each customer. Shopify adds them in the background; the
 * answer says for each code whether it was added, and if not, why.
 */
export const discountRedeemCodeAdd = /* @__PURE__ */ skill("discount_redeem_code_add");

/**
 * Remove codes from a discount; the discount and its other codes stay. Shopify deletes them in the background. It
 * can't be undone: ask for its preview first.
 */
export const discountRedeemCodeDelete = /* @__PURE__ */ skill("discount_redeem_code_delete");

// Draft orders

/** List draft orders by typed filters, a page at a time, the latest change first. */
export const draftSearch = /* @__PURE__ */ skill("draft_search");

/** Read one draft order with its lines, by id or by name. */
export const draftGet = /* @__PURE__ */ skill("draft_get");

/**
 * Prepare an order for a customer: lines, customer, discount and shipping. Nothing is sold until it is completed
 * or its invoice is paid.
 */
export const draftCreate = /* @__PURE__ */ skill("draft_create");

/**
 * Change a draft order that is not completed. Fields that you leave out stay as they are; null clears a field;
 * lines replace all existing lines.
 */
export const draftUpdate = /* @__PURE__ */ skill("draft_update");

/** Delete a draft order for good. It can't be undone: ask for its preview first. */
export const draftDelete = /* @__PURE__ */ skill("draft_delete");

/** Calculate the total of a draft order, with discounts, shipping and taxes. Nothing is written. */
export const draftCalculate = /* @__PURE__ */ skill("draft_calculate");

/** Show subject and HTML of the e-mail that draft_invoice_send would send. Nothing is sent. */
export const draftInvoicePreview = /* @__PURE__ */ skill("draft_invoice_preview");

/**
 * Send an e-mail with a link by which the customer pays the draft order. An e-mail can’t be withdrawn: call
 * draft_invoice_preview first.
 */
export const draftInvoiceSend = /* @__PURE__ */ skill("draft_invoice_send");

/**
 * Turn a draft order into an order that is marked as paid: stock goes down, and the draft order can’t be changed
 * or completed again.
 */
export const draftComplete = /* @__PURE__ */ skill("draft_complete");

// Forecasts

/**
 * Forecast the daily sales, orders or units of the store for the next days, with intervals, their sum, and the
 * error that the method had so far against repeating the last week. Sales are gross sales less discounts, before
 * returns.
 */
export const forecastSales = /* @__PURE__ */ skill("forecast_sales");

/**
 * Forecast how many units of a variant will be sold on the next days, or of the variants that sold most in the
 * last 90 days, rarely sold ones too: expected units, intervals, and the error that the method had so far. Returns
 * are not taken off.
 */
export const forecastDemand = /* @__PURE__ */ skill("forecast_demand");

// Fulfilment

/** List fulfillment orders by location and status, page by page. Closed ones are left out unless you ask for them. */
export const fulfillmentOrderSearch = /* @__PURE__ */ skill("fulfillment_order_search");

/**
 * Read the part of an order that is to be sent from one location: its lines, what is left of them, its holds, and
 * the possible actions.
 */
export const fulfillmentOrderGet = /* @__PURE__ */ skill("fulfillment_order_get");

/**
 * List what the app itself is to send as a fulfillment service. A store without such a service answers an empty
 * list.
 */
export const fulfillmentOrderAssignedSearch = /* @__PURE__ */ skill("fulfillment_order_assigned_search");

/** Read one fulfillment: what was sent, from where, its tracking and its delivery status. */
export const fulfillmentGet = /* @__PURE__ */ skill("fulfillment_get");

/** Read the fulfillment status of an order and all of its parcels with their tracking, by id or by name. */
export const fulfillmentList = /* @__PURE__ */ skill("fulfillment_list");

/**
 * Mark an order, or some of its lines, as sent from one location, with tracking. Without lines, everything that is
 * left is sent. The customer gets no e-mail unless you ask for it.
 */
export const fulfillmentCreate = /* @__PURE__ */ skill("fulfillment_create");

/**
 * Set the carrier, tracking numbers and tracking URLs of a parcel; they replace all existing ones. You can name an
 * order with one parcel instead.
 */
export const fulfillmentTrackingUpdate = /* @__PURE__ */ skill("fulfillment_tracking_update");

/**
 * Cancel a fulfillment: its items wait to be sent again, in new fulfillment orders. The parcel stays as CANCELLED,
 * and the customer no longer sees its tracking. It can't be undone: ask for its preview first.
 */
export const fulfillmentCancel = /* @__PURE__ */ skill("fulfillment_cancel");

/**
 * Put a fulfillment order, or some of its lines, on hold. Holding some lines splits off the others. You can name
 * an order with one open fulfillment order instead.
 */
export const fulfillmentOrderHold = /* @__PURE__ */ skill("fulfillment_order_hold");

/**
 * Release all holds of a fulfillment order, or those that you name. Lines that a hold split off come back with the
 * last release. Holds of other apps are released, too.
 */
export const fulfillmentOrderRelease = /* @__PURE__ */ skill("fulfillment_order_release");

/**
 * Mark a fulfillment order as in progress, such as while it is packed. It can't be moved to another location until
 * it is sent.
 */
export const fulfillmentOrderReportProgress = /* @__PURE__ */ skill("fulfillment_order_report_progress");

/** List fulfillment orders that people or apps hold back, a page at a time. */
export const fulfillmentHoldList = /* @__PURE__ */ skill("fulfillment_hold_list");

// Any GraphQL document

/**
 * Run a query that you write against the Admin API. It is checked against Shopify’s schema before it is sent. Data
 * comes back under the names of the document; for the next page, send the document again with the end cursor.
 */
export const graphqlQuery = /* @__PURE__ */ skill("graphql_query");

/**
 * Run a mutation that you write against the Admin API. It is checked against Shopify’s schema before it is sent. A
 * mutation that one of the other actions runs has that action’s effect; any other one counts as destructive and
 * needs a confirmation. It can't be undone: ask for its preview first.
 */
export const graphqlMutate = /* @__PURE__ */ skill("graphql_mutate");

// Inventory

/** Get the stock of one item at each location: available, on hand, committed, incoming and reserved. */
export const inventoryLevelGet = /* @__PURE__ */ skill("inventory_level_get");

/**
 * List inventory items, page by page, with cost, customs data and the stock at their first ten locations. Filter
 * by SKU and by time; variant_search filters by stock, product and location.
 */
export const inventoryItemSearch = /* @__PURE__ */ skill("inventory_item_search");

/** Get one inventory item by SKU or id: cost, customs data, weight, and its stock at each location. */
export const inventoryItemGet = /* @__PURE__ */ skill("inventory_item_get");

/**
 * Add to what is available of an item at one location, or take from it. What takes the stock below zero asks for a
 * confirmation first.
 */
export const inventoryAdjust = /* @__PURE__ */ skill("inventory_adjust");

/** Set a quantity of an item at one location. What takes the stock below zero asks for a confirmation first. */
export const inventorySet = /* @__PURE__ */ skill("inventory_set");

/** List the locations that stock items. */
export const locationList = /* @__PURE__ */ skill("location_list");

// Files and media

/** Get one file of the store by its id, with the state of its processing. */
export const fileGet = /* @__PURE__ */ skill("file_get");

/**
 * Add a file to the store, from its bytes or from a public address that Shopify fetches, and wait until Shopify
 * has processed it. An answer with the status FAILED says why in its warnings. Bytes may be images (png, jpg, gif,
 * webp), pdf, zip, csv, txt or json.
 */
export const fileUpload = /* @__PURE__ */ skill("file_upload");

/**
 * Change the alternative text of a file, or replace its content with that of another address, and wait until
 * Shopify has processed it. Products that show the file show the new content.
 */
export const fileUpdate = /* @__PURE__ */ skill("file_update");

/** Get the images and other media of a product in their order, and with `media_id` one of them. */
export const productMediaGet = /* @__PURE__ */ skill("product_media_get");

/**
 * Add an image to a product, from its bytes, from a public address that Shopify fetches, or one that the store has
 * already, and wait until Shopify has processed it. An answer with the status FAILED says why in its warnings.
 * Bytes may be png, jpg, gif or webp.
 */
export const productMediaAdd = /* @__PURE__ */ skill("product_media_add");

/**
 * Remove images and other media from a product. The files stay in the store; product_media_add with `file_id` puts
 * an image back, as the last one.
 */
export const productMediaRemove = /* @__PURE__ */ skill("product_media_remove");

/**
 * Move media of a product to the front, in the given order; the others follow in their present order. The first
 * image is shown in lists. Shopify works in the background.
 */
export const productMediaReorder = /* @__PURE__ */ skill("product_media_reorder");

// Metafields and metaobjects

/**
 * Get the metafields of a product, an order or another owner: all of them, those of a namespace, or those that you
 * name.
 */
export const metafieldGet = /* @__PURE__ */ skill("metafield_get");

/**
 * Set up to 25 metafields of one owner: all of them or, if Shopify refuses one, none. Others stay as they are. A
 * value of null deletes the metafield, which asks for a confirmation first.
 */
export const metafieldSet = /* @__PURE__ */ skill("metafield_set");

/**
 * Delete up to 25 metafields of one owner, after a confirmation. Names that it does not have are ignored. The undo
 * puts the former values back.
 */
export const metafieldDelete = /* @__PURE__ */ skill("metafield_delete");

/** List the definitions of the metafields of one kind of owner, page by page: names, types and rules. */
export const metafieldDefinitionList = /* @__PURE__ */ skill("metafield_definition_list");

/** Get the definition of the metafields of one name: their type, and the rules for their values. */
export const metafieldDefinitionGet = /* @__PURE__ */ skill("metafield_definition_get");

/**
 * Define the metafields of one name: their type, and the rules for their values. The admin then shows a field for
 * it.
 */
export const metafieldDefinitionCreate = /* @__PURE__ */ skill("metafield_definition_create");

/** List the entries of one type, page by page. */
export const metaobjectSearch = /* @__PURE__ */ skill("metaobject_search");

/** Get one entry by its id, or by its type and handle. */
export const metaobjectGet = /* @__PURE__ */ skill("metaobject_get");

/** Create an entry of a type that the store has defined. Without a handle, one is made from its name. */
export const metaobjectCreate = /* @__PURE__ */ skill("metaobject_create");

/** Change an entry. Fields that you leave out stay as they are; null empties one. */
export const metaobjectUpdate = /* @__PURE__ */ skill("metaobject_update");

/** Change the entry of a type and handle, or create it where there is none. */
export const metaobjectUpsert = /* @__PURE__ */ skill("metaobject_upsert");

/** Delete an entry. What refers to it no longer shows it. It can't be undone: ask for its preview first. */
export const metaobjectDelete = /* @__PURE__ */ skill("metaobject_delete");

// Options of products

/**
 * Get the options of a product with all their values, and its variants. With `option`, also that one by its name
 * or id, and how many variants its deletion would delete.
 */
export const productOptionGet = /* @__PURE__ */ skill("product_option_get");

/**
 * Add an option, such as Size, to a product. Its variants get the first of the values. With the strategy CREATE
 * there is also a variant for each of the other values.
 */
export const productOptionCreate = /* @__PURE__ */ skill("product_option_create");

/**
 * Rename an option, move it, and add, rename or drop values. Values are named by name or id. With the strategy
 * MANAGE, variants come and go with the values; a call that deletes variants asks for a confirmation first. With
 * LEAVE_AS_IS, a value that a variant has can’t be dropped.
 */
export const productOptionUpdate = /* @__PURE__ */ skill("product_option_update");

/**
 * Delete an option with its values. Variants that differ by nothing else become alike: with the strategy POSITION,
 * all but the first of them are deleted with their stock; with NON_DESTRUCTIVE, the call is refused in that case.
 * It can't be undone: ask for its preview first.
 */
export const productOptionDelete = /* @__PURE__ */ skill("product_option_delete");

// Changes of placed orders

/**
 * Add variants of the store to a placed order. All lines are added together or not at all. The customer gets no
 * e-mail unless you ask for it.
 */
export const orderLineAdd = /* @__PURE__ */ skill("order_line_add");

/**
 * Add items to a placed order that are not variants of the store, such as gift wrapping, each with a title and a
 * price.
 */
export const orderCustomLineAdd = /* @__PURE__ */ skill("order_custom_line_add");

/**
 * Set the quantity of lines of a placed order; 0 removes a line. Only unfulfilled quantities can be removed.
 * Removed items go back into stock unless you say otherwise. Payments for them are not refunded: use order_refund.
 */
export const orderLineQuantitySet = /* @__PURE__ */ skill("order_line_quantity_set");

/** Discount lines of a placed order that are not fulfilled yet, by a percentage or by an amount per unit. */
export const orderLineDiscountAdd = /* @__PURE__ */ skill("order_line_discount_add");

/** Remove discounts from single lines of a placed order. Codes stay as they are. */
export const orderLineDiscountRemove = /* @__PURE__ */ skill("order_line_discount_remove");

/** Add shipping with a price to a placed order. It can’t be removed by another action. */
export const orderShippingLineAdd = /* @__PURE__ */ skill("order_shipping_line_add");

// Orders

/**
 * List orders, newest first, page by page, with typed filters. Orders older than 60 days need the scope
 * read_all_orders.
 */
export const orderSearch = /* @__PURE__ */ skill("order_search");

/**
 * Count the orders that match the filters of order_search. Orders older than 60 days need the scope
 * read_all_orders. `precision` says whether Shopify counted all of them.
 */
export const orderCount = /* @__PURE__ */ skill("order_count");

/** Get one order with its line items, by id or by name. */
export const orderGet = /* @__PURE__ */ skill("order_get");

/** Create an order that was placed elsewhere. No payment is taken; transactions record what was paid. */
export const orderCreate = /* @__PURE__ */ skill("order_create");

/**
 * Change note, tags, contact data, shipping address or attributes of an order. Fields that you leave out stay as
 * they are; null clears a field.
 */
export const orderUpdate = /* @__PURE__ */ skill("order_update");

/**
 * Cancel an order. This can’t be undone. Shopify works in the background, so a slow cancellation answers with an
 * operation. Money is refunded only if you name a refund method. It can't be undone: ask for its preview first.
 */
export const orderCancel = /* @__PURE__ */ skill("order_cancel");

/** Archive an order. It leaves the list of open orders and does not change otherwise. */
export const orderClose = /* @__PURE__ */ skill("order_close");

/** Reopen an archived order: it is in the list of open orders again. */
export const orderReopen = /* @__PURE__ */ skill("order_reopen");

// Payments and refunds

/** Read what was paid, refunded and is still outstanding for an order, and each transaction, by id or by name. */
export const orderPaymentList = /* @__PURE__ */ skill("order_payment_list");

/** Read what was refunded, through which payments, and which items came back. */
export const refundGet = /* @__PURE__ */ skill("refund_get");

/**
 * Calculate what a refund of some lines and shipping would pay back, through which payments, and the most that can
 * be refunded. Without lines and shipping, it is a refund of everything that is left. Nothing is written.
 */
export const orderRefundPreview = /* @__PURE__ */ skill("order_refund_preview");

/**
 * Refund lines, shipping or an amount through the original payments, as Shopify suggests, and put items back into
 * stock at the given location. It never refunds more than was paid. The customer gets no e-mail unless you ask for
 * it. It can't be undone: ask for its preview first.
 */
export const orderRefund = /* @__PURE__ */ skill("order_refund");

/**
 * Record that the whole outstanding amount was paid elsewhere. This can’t be undone. It can't be undone: ask for
 * its preview first.
 */
export const orderMarkPaid = /* @__PURE__ */ skill("order_mark_paid");

/**
 * Record a payment that was made elsewhere: the whole outstanding amount, or, on Shopify Plus only, a part of it.
 * This can’t be undone. It can't be undone: ask for its preview first.
 */
export const orderPaymentRecord = /* @__PURE__ */ skill("order_payment_record");

/**
 * Capture an authorized payment, or a part of it. For an order with one authorized payment, its id is enough. It
 * can't be undone: ask for its preview first.
 */
export const orderPaymentCapture = /* @__PURE__ */ skill("order_payment_capture");

/**
 * Void an authorization of which nothing was captured. This can’t be undone. It can't be undone: ask for its
 * preview first.
 */
export const orderPaymentVoid = /* @__PURE__ */ skill("order_payment_void");

// Products and variants

/** List products, page by page, with typed filters. */
export const productSearch = /* @__PURE__ */ skill("product_search");

/** Get one product with its variants, by id or by handle. */
export const productGet = /* @__PURE__ */ skill("product_get");

/**
 * Create a product in one call: with price, SKU, stock, variants and images, and published to sales channels.
 * `price`, `sku`, `stock` and the other members of a variant describe its only variant; `variants` lists several,
 * and takes from them what an entry leaves out. With `product_options` and a price, but without `variants`, there
 * is a variant for each combination of values; without any of these, the first value of each option makes the only
 * variant. Once the product is made, nothing fails: `warnings` say what is missing.
 */
export const productCreate = /* @__PURE__ */ skill("product_create");

/** Change a product. Fields that you leave out stay as they are; null clears a field. */
export const productUpdate = /* @__PURE__ */ skill("product_update");

/**
 * Create a product or set an existing one, named by id, handle or custom id, as one declaration. List fields
 * replace: a variant, image, tag or metafield that a given list leaves out is deleted; a list that is left out
 * stays as it is, as other fields do. A preview names what would be deleted. To change single things, use
 * product_update, variant_update and similar actions. More than 100 variants are written in the background. It
 * can't be undone: ask for its preview first.
 */
export const productUpsert = /* @__PURE__ */ skill("product_upsert");

/**
 * Delete a product with its variants, media and stock. This can’t be undone. It can't be undone: ask for its
 * preview first.
 */
export const productDelete = /* @__PURE__ */ skill("product_delete");

/** Read one publication by its id. */
export const publicationGet = /* @__PURE__ */ skill("publication_get");

/** List the publications of the store: the sales channels that products are published to. */
export const publicationList = /* @__PURE__ */ skill("publication_list");

/** Read the sales channels that a product is published to, or will be once its date comes or it is ACTIVE. */
export const productPublicationsGet = /* @__PURE__ */ skill("product_publications_get");

/**
 * Publish a product to sales channels; the channels that have it keep it. It shows there while its status is
 * ACTIVE.
 */
export const productPublish = /* @__PURE__ */ skill("product_publish");

/** Remove a product from sales channels; it stays in the others, and in the store. */
export const productUnpublish = /* @__PURE__ */ skill("product_unpublish");

/** Get one variant with its product, cost, weight and customs data. */
export const variantGet = /* @__PURE__ */ skill("variant_get");

/**
 * Change price, SKU, barcode, cost or other fields of a variant. Fields that you leave out stay as they are; null
 * clears a field. Use inventory_set to set stock.
 */
export const variantUpdate = /* @__PURE__ */ skill("variant_update");

/**
 * Change the prices of many variants: by percent or an amount, rounded, above a floor, only where a margin stays.
 * A preview shows old and new prices. More than 20 products are changed in the background. A product is changed as
 * a whole or not at all.
 */
export const priceUpdate = /* @__PURE__ */ skill("price_update");

/**
 * Add one variant to a product; its other variants stay. A value that an option does not have yet is added to it.
 * The first real variant takes the place of the one that a product without options has.
 */
export const variantCreate = /* @__PURE__ */ skill("variant_create");

/**
 * Delete one variant with its stock; the other variants stay. It can’t be brought back. The last variant of a
 * product can’t be deleted. It can't be undone: ask for its preview first.
 */
export const variantDelete = /* @__PURE__ */ skill("variant_delete");

/**
 * List variants of all products, page by page, with typed filters: by SKU, barcode, product, collection, location,
 * stock and more. Shopify has no filter by a variant’s price.
 */
export const variantSearch = /* @__PURE__ */ skill("variant_search");

/**
 * Count the products that match the filters of product_search. `precision` says whether Shopify counted all of
 * them.
 */
export const productCount = /* @__PURE__ */ skill("product_count");

// Recommendations

/**
 * List the products that are most often in the same orders as a product, more often than by chance, with how many
 * orders hold both.
 */
export const recommendationTogether = /* @__PURE__ */ skill("recommendation_together");

/** List the products that are bought by the same customers as a product, in whatever orders. */
export const recommendationSimilar = /* @__PURE__ */ skill("recommendation_similar");

/**
 * Suggest products that a customer has not bought, by what the buyers of the customer’s products bought, too; the
 * most popular products where little is known.
 */
export const recommendationNext = /* @__PURE__ */ skill("recommendation_next");

/**
 * List products that customers are likely to order again within some days, by the time between their orders of it,
 * page by page; the longest overdue comes first.
 */
export const recommendationReorders = /* @__PURE__ */ skill("recommendation_reorders");

/**
 * Read the lists of recommended products in the metafields of up to 250 products, as recommendation_publish writes
 * them.
 */
export const recommendationPublished = /* @__PURE__ */ skill("recommendation_published");

/**
 * Write what is bought together with products, or what is similar, into a metafield of theirs
 * (list.product_reference), so that the storefront shows it. Name up to 250 products, or take those with the most
 * orders. A preview shows the lists. More than 25 products are written in the background.
 */
export const recommendationPublish = /* @__PURE__ */ skill("recommendation_publish");

// Replenishment

/**
 * Sum up the stock of each location: available, on hand, committed, incoming, reserved, damaged, safety stock and
 * quality control, the value at cost of what is on hand, and how the value falls on ABC classes.
 */
export const replenishmentStock = /* @__PURE__ */ skill("replenishment_stock");

/**
 * Say for each variant how fast it sells, how long its stock lasts, when it runs out, its safety stock and reorder
 * point, and how much of it to order now; the most urgent first.
 */
export const replenishmentPlan = /* @__PURE__ */ skill("replenishment_plan");

/**
 * List what has to be ordered now by vendor, with quantities and costs; as the text of a CSV file, too. A list has
 * at most 5,000 lines.
 */
export const replenishmentPurchaseList = /* @__PURE__ */ skill("replenishment_purchase_list");

/** List what is on hand and nobody bought for a number of days, the most valuable first, with its value at cost. */
export const replenishmentDeadStock = /* @__PURE__ */ skill("replenishment_dead_stock");

/**
 * Suggest which units should move from locations with more than they need to those that are at their reorder
 * point, the location that runs out first at the beginning. replenishment_transfer_apply carries one out.
 */
export const replenishmentTransfers = /* @__PURE__ */ skill("replenishment_transfers");

/**
 * Move available units of one item from one location to another: Shopify’s stock changes at both in one step.
 * Nothing is moved where the units are not there, or the stock has just changed. It records no shipment between
 * the two.
 */
export const replenishmentTransferApply = /* @__PURE__ */ skill("replenishment_transfer_apply");

/** List the saved lead times, minimum order quantities and pack sizes of vendors, products and variants. */
export const supplyTermsList = /* @__PURE__ */ skill("supply_terms_list");

/** Read the terms of a vendor, a product or a variant, by subject or by id. */
export const supplyTermsGet = /* @__PURE__ */ skill("supply_terms_get");

/**
 * Save the lead time, minimum order quantity and pack size of a vendor, a product or a variant. The stock plan and
 * the purchase list use them. Nothing is written to the store.
 */
export const supplyTermsCreate = /* @__PURE__ */ skill("supply_terms_create");

/**
 * Change the terms of a vendor, a product or a variant. Fields that you leave out stay as they are; null removes a
 * value.
 */
export const supplyTermsUpdate = /* @__PURE__ */ skill("supply_terms_update");

/** Delete the terms of a vendor, a product or a variant for good. It can't be undone: ask for its preview first. */
export const supplyTermsDelete = /* @__PURE__ */ skill("supply_terms_delete");

// Reports

/**
 * Ask Shopify’s own reports a question in ShopifyQL, such as FROM sales SHOW total_sales, orders TIMESERIES day
 * SINCE -7d UNTIL today. Shopify computes the rows; orders of more than 60 days ago count, too. Shopify answers
 * apps that have read_reports and are approved for protected customer data of level 2.
 */
export const shopifyqlRun = /* @__PURE__ */ skill("shopifyql_run");

/**
 * Sum up the sales of a period from all its orders: gross and net sales, discounts, returns, shipping, tax,
 * orders, units, and the products that sold best; by day, week or month, and compared to the period before. Test
 * orders are left out; cancelled orders count as sold and returned.
 */
export const reportGenerate = /* @__PURE__ */ skill("report_generate");

/**
 * Show a whole report from the copy of the store: daily_summary, weekly_sales, inventory, customers, fulfilment,
 * marketing, store_comparison, custom with sections of your own, or a saved one. Formats: JSON, CSV for
 * spreadsheets, one self-contained HTML page with charts, and text with a few lines for a message.
 */
export const reportRender = /* @__PURE__ */ skill("report_render");

/** List the saved reports of a store, with their contents. */
export const savedReportList = /* @__PURE__ */ skill("saved_report_list");

/** Read the definition of a saved report, by name or id. report_render shows the report itself. */
export const savedReportGet = /* @__PURE__ */ skill("saved_report_get");

/**
 * Save a report of your own under a name: its sections, its period and its format. report_render shows it, and
 * workflows send it like any other report. Nothing is written to the store.
 */
export const savedReportCreate = /* @__PURE__ */ skill("saved_report_create");

/** Rename a saved report, or change its contents. Fields that you leave out stay as they are. */
export const savedReportUpdate = /* @__PURE__ */ skill("saved_report_update");

/**
 * Delete a saved report for good. Workflows that send it fail from then on. It can't be undone: ask for its
 * preview first.
 */
export const savedReportDelete = /* @__PURE__ */ skill("saved_report_delete");

// Returns

/** Read one return: which items come back and why, its state, the outcome of each item, and the refunds. */
export const returnGet = /* @__PURE__ */ skill("return_get");

/**
 * List the items of an order that can be returned, by parcel: what was sent, is not refunded and is in no other
 * return.
 */
export const returnableItemList = /* @__PURE__ */ skill("returnable_item_list");

/** List the reasons that a return can give, with their handles. */
export const returnReasonList = /* @__PURE__ */ skill("return_reason_list");

/**
 * Say what items of an order would be worth as a return: subtotal with and without discounts of the order, and
 * tax. Nothing is written.
 */
export const returnCalculate = /* @__PURE__ */ skill("return_calculate");

/**
 * Open a return of items that were sent, without a request of the customer. Nothing is paid back or restocked
 * before it is processed.
 */
export const returnCreate = /* @__PURE__ */ skill("return_create");

/** Ask for a return of items that were sent, as a customer does. It waits until it is approved or declined. */
export const returnRequest = /* @__PURE__ */ skill("return_request");

/** Approve a return that a customer asked for: it is open, and the items are expected. */
export const returnApprove = /* @__PURE__ */ skill("return_approve");

/** Decline a return that a customer asked for. It stays declined; its items may be in a new one. */
export const returnDecline = /* @__PURE__ */ skill("return_decline");

/** End an open return: nothing more is expected of it. */
export const returnClose = /* @__PURE__ */ skill("return_close");

/** Open a closed return again, such as for items that come late. */
export const returnReopen = /* @__PURE__ */ skill("return_reopen");

/**
 * Cancel a return for good: its items may be in a new one. Only before anything of it was processed, refunded or
 * dealt with. It can't be undone: ask for its preview first.
 */
export const returnCancel = /* @__PURE__ */ skill("return_cancel");

/**
 * Confirm which items of an open return came back, set their outcome, and pay them back the way they were paid if
 * refund is true. Without lines it is all that is left. The customer gets no e-mail unless you ask for it. It
 * can't be undone: ask for its preview first.
 */
export const returnProcess = /* @__PURE__ */ skill("return_process");

/**
 * Put items of an open return back into stock at a location, or mark them as missing or not for sale. This pays
 * nothing back.
 */
export const returnItemDispose = /* @__PURE__ */ skill("return_item_dispose");

// Segments

/** List customer segments, page by page. */
export const segmentSearch = /* @__PURE__ */ skill("segment_search");

/** Read one segment with its query, by id or by name. */
export const segmentGet = /* @__PURE__ */ skill("segment_get");

/** List the filters that queries of segments can use in this store. */
export const segmentFilterList = /* @__PURE__ */ skill("segment_filter_list");

/** Create a segment from a query. Shopify gives a taken name a number. */
export const segmentCreate = /* @__PURE__ */ skill("segment_create");

/** Rename a segment or give it another query. What is left out stays. */
export const segmentUpdate = /* @__PURE__ */ skill("segment_update");

/** Delete a segment for good. Its customers stay. It can't be undone: ask for its preview first. */
export const segmentDelete = /* @__PURE__ */ skill("segment_delete");

/** List the customers in a segment, or those that a query describes, page by page. */
export const segmentMemberList = /* @__PURE__ */ skill("segment_member_list");

/**
 * Let Shopify make the whole list of the customers in a large segment, or of those that a query describes. It
 * works in the background; the answer counts them and shows the first 250, and segment_member_list reads the
 * others by `query_id`.
 */
export const segmentMemberQuery = /* @__PURE__ */ skill("segment_member_query");

// Store

/** Get the store’s name, domains, currency, time zone, plan and address. */
export const storeGet = /* @__PURE__ */ skill("store_get");

/**
 * Get up to 50 things of any types by their whole ids in one call: products, variants, collections, orders,
 * customers, draft orders, fulfillments, inventory items, locations, metaobjects and others. Each comes with the
 * fields that its own action answers.
 */
export const nodeGet = /* @__PURE__ */ skill("node_get");

/**
 * Compare the scopes that the store grants with what each action and trigger needs. Show the age of the API
 * version, the webhooks, the rate limit, and what Shopify hides from this app and why.
 */
export const storeHealth = /* @__PURE__ */ skill("store_health");

// Tags

/** Get the tags of a customer, an order or a product. */
export const tagGet = /* @__PURE__ */ skill("tag_get");

/**
 * Add tags to a customer, an order or a product, and keep the existing ones. Shopify ignores case: a tag that
 * exists in another spelling is not added again. The limit is 250 tags, and 40 characters for a tag of an order.
 */
export const tagAdd = /* @__PURE__ */ skill("tag_add");

/**
 * Remove tags from a customer, an order or a product; the other tags stay. Missing tags are ignored. Case is
 * ignored; where an order has a tag in several spellings, the one that is given goes.
 */
export const tagRemove = /* @__PURE__ */ skill("tag_remove");

// Webhook subscriptions

/**
 * List the subscriptions that were created through the API, including those of this plugin. Subscriptions in the
 * app’s configuration are not listed.
 */
export const webhookList = /* @__PURE__ */ skill("webhook_list");

/** Count the subscriptions that were created through the API. */
export const webhookCount = /* @__PURE__ */ skill("webhook_count");

/** Get one webhook subscription. */
export const webhookGet = /* @__PURE__ */ skill("webhook_get");

/** Have Shopify deliver a topic to your own address. The plugin subscribes to what its triggers need by itself. */
export const webhookCreate = /* @__PURE__ */ skill("webhook_create");

/** Change the target or the content of a subscription. Its topic can’t be changed. */
export const webhookUpdate = /* @__PURE__ */ skill("webhook_update");

/**
 * Delete a subscription. If a trigger needs it, the plugin creates it again. It can't be undone: ask for its
 * preview first.
 */
export const webhookDelete = /* @__PURE__ */ skill("webhook_delete");
